import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder, objects, start } from "../fixtures/program.js"

const keys = Number(process.env["RACES"] ?? 400)

describe("three processes that submit one key at a time", () => {
  it(`run it once, ${keys} times over, and know the same job`, async (test) => {
    const cwd = folder(test)
    const script = fileURLToPath(new URL("../fixtures/submit.mjs", import.meta.url))
    const racers = Array.from({ length: 3 }, () => start(process.execPath, [script, cwd, String(keys)], { cwd }))
    const handles = new Map<unknown, Set<unknown>>()
    for (const { code, stderr, stdout } of await Promise.all(racers.map(({ ended }) => ended))) {
      assert.strictEqual(code, 0, stderr)
      const answers = objects(stdout)
      assert.strictEqual(answers.length, keys)
      for (const { handle, key, status } of answers) {
        assert.strictEqual(status, "Exited")
        handles.set(key, (handles.get(key) ?? new Set()).add(handle))
      }
    }
    assert.strictEqual(handles.size, keys)
    for (const [key, of] of handles) {
      assert.strictEqual(of.size, 1, String(key))
      assert.strictEqual(readFileSync(join(cwd, "runs", String(key).slice(0, -2), "count"), "utf8"), "ran\n")
    }
    console.log(`${keys} keys, each submitted by ${racers.length} processes at once`)
  })
})
