import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, writeFileSync } from "node:fs"
import { once } from "node:events"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../bin/sweepline.cjs", import.meta.url))

/** What a command prints, for a reader that begins to read when the command has nothing more to do. */
const readLate = async (folder: string, ...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] })
  const exit = once(child, "exit")
  await Promise.race([exit, sleep(2500)])
  let text = ""
  for await (const chunk of child.stdout.setEncoding("utf8")) text += String(chunk)
  const [code] = await exit
  return { code, text }
}

describe("output into a file on a full disk", () => {
  it.skipIf(!existsSync("/dev/full"))("is a failure, in one sentence", async () => {
    const child = spawn("sh", ["-c", `"${process.execPath}" "${program}" --help > /dev/full`], {
      stdio: ["ignore", "ignore", "pipe"]
    })
    const exit = once(child, "exit")
    let text = ""
    for await (const chunk of child.stderr.setEncoding("utf8")) text += String(chunk)
    assert.match(text, /^sweepline: What is printed can't be written any more: ENOSPC.*\.\n$/)
    assert.deepStrictEqual((await exit)[0], 1)
  })
})

describe("output into a pipe", () => {
  it("is written to its end, however late the reader comes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sweepline-slow-"))
    const values = Array.from({ length: 2000 }, (_, n) => n).join(", ")
    writeFileSync(join(folder, "train.py"), "")
    writeFileSync(
      join(folder, "sweep.yaml"),
      `program: train.py\nmethod: grid\nparameters:\n  a: {values: [${values}]}\n`
    )
    const { code, text } = await readLate(folder, "plan", "sweep.yaml", "--samples", "1", "--workers", "8", "--json")
    assert.strictEqual(code, 0)
    assert.isAbove(text.length, 2 * 65_536)
    const lines = text.trimEnd().split("\n")
    assert.strictEqual(lines.length, 2001)
    assert.doesNotThrow(() => lines.map((line) => JSON.parse(line)))
  })
})
