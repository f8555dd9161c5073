import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Claim from "@sweepline/executors/Claim"
import * as Wrapper from "@sweepline/executors/Wrapper"

const shells = ["/bin/sh", "/bin/dash", "/bin/bash", "/bin/busybox"].filter(existsSync)
// The text for macOS asks `ps`, which Linux has too.
const platforms = process.platform === "linux" ? (["linux", "darwin"] as const) : ([process.platform] as const)

describe.each(shells.flatMap((shell) => platforms.map((platform) => [shell, platform] as const)))(
  "the wrapper in %s, for %s",
  (shell, platform) => {
    // Its own group, or it would end this one.
    const options = { argv0: "sh", detached: true, encoding: "utf8" } as const
    const run = (folder: string, script: string) =>
      spawnSync(shell, ["-c", Wrapper.text(platform), folder, "b n h t", "/bin/sh", "-c", script], options)

    it("claims, outlives the SIGTERM of its group, writes the code and ends its group; a second one ends at once", () => {
      const folder = mkdtempSync(join(tmpdir(), "sweepline-wrapper-"))
      try {
        const first = run(folder, "kill -TERM 0; sleep 5")
        assert.strictEqual(first.signal, "SIGKILL")
        const claim = readFileSync(join(folder, "claim"), "utf8")
        assert.strictEqual(Claim.parse(claim.trimEnd())?.pid, first.pid)
        assert.strictEqual(readFileSync(join(folder, "exit_code"), "utf8"), "143\n")
        const second = run(folder, "exit 0")
        assert.deepStrictEqual([second.status, second.stderr], [Wrapper.exit.claimed, ""])
        assert.strictEqual(readFileSync(join(folder, "claim"), "utf8"), claim)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  }
)
