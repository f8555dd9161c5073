import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Wandb from "./fixtures/wandb.js"

/** A run that has printed so many lines, one of them to standard error. */
const printed = (at: Wandb.World, run: string, count: number) =>
  Effect.gen(function* () {
    yield* at.gql(
      'mutation UpsertBucket($run: String) { upsertBucket(input: {name: $run, modelName: "proj", entityName: "ent", host: "h"}) { inserted } }',
      { run }
    )
    yield* lines(at, run, 0, count)
  })

const lines = (at: Wandb.World, run: string, offset: number, count: number, more = {}) =>
  at.stream(run, {
    files: {
      "output.log": {
        offset,
        content: Array.from(
          { length: count },
          (_, n) => `${offset + n === 1 ? "ERROR " : ""}2026-01-02T03:04:05.000000 line ${offset + n}`
        )
      }
    },
    ...more
  })

const expected = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`).join("\n")

describe("sweepline logs --backend wandb", () => {
  it.scopedLive("prints all that a run printed, over its pages", () =>
    Effect.gen(function* () {
      const at = yield* Wandb.make
      yield* printed(at, "r1", 1500)
      const { code, stderr, stdout } = yield* at.run(["logs", "r1", "--backend", "wandb"])
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.strictEqual(stdout, expected(1500))
      assert.strictEqual(at.operations.filter((it) => it === "RunConsoleLogPage").length, 2)
    })
  )

  it.scopedLive("takes a run by its path, also as its address has it", () =>
    Effect.gen(function* () {
      const at = yield* Wandb.make
      yield* printed(at, "r1", 1)
      for (const run of ["proj/r1", "ent/proj/r1", "ent/proj/runs/r1"]) {
        const { stdout } = yield* at.run(["logs", run, "--backend", "wandb"])
        assert.strictEqual(stdout, "line 0", run)
      }
    })
  )

  it.scopedLive("says with --json when a line was printed, and whether as an error", () =>
    Effect.gen(function* () {
      const at = yield* Wandb.make
      yield* printed(at, "r1", 2)
      const { stdout } = yield* at.run(["logs", "r1", "--backend", "wandb", "--json"])
      assert.deepStrictEqual(
        stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
        [
          { run: "r1", line: "line 0", level: "info", at: "2026-01-02T03:04:05.000000" },
          { run: "r1", line: "line 1", level: "error", at: "2026-01-02T03:04:05.000000" }
        ]
      )
    })
  )

  it.scopedLive("goes on with -f until the run ends, and prints no line twice", () =>
    Effect.gen(function* () {
      const at = yield* Wandb.make
      yield* printed(at, "r1", 2)
      let looks = 0
      at.intercept(({ answer, operation }) =>
        operation === "RunConsoleLogPage" && ++looks === 2
          ? Effect.zipRight(lines(at, "r1", 2, 2, { complete: true, exitcode: 0 }), answer)
          : undefined
      )
      const { code, stdout } = yield* at.run(["logs", "r1", "-f", "--backend", "wandb"])
      assert.deepStrictEqual([code, stdout], [0, expected(4)])
      assert.strictEqual(looks, 2)
    })
  )

  it.scopedLive("says in a sentence what it can't print", () =>
    Effect.gen(function* () {
      const at = yield* Wandb.make
      yield* printed(at, "r1", 1)
      const refused: ReadonlyArray<readonly [ReadonlyArray<string>, number, string]> = [
        [["nope"], 4, 'There is no run "nope". It was looked for in ent/proj.'],
        [["a/b/c/d"], 2, "names no run on W&B"],
        [["r1", "--attempt", "2"], 2, "leave --attempt out"],
        [["r1", "--project", "other"], 4, "ent/other"]
      ]
      for (const [args, exit, sentence] of refused) {
        const { code, stderr, stdout } = yield* at.run(["logs", ...args, "--backend", "wandb"])
        assert.deepStrictEqual([code, stdout], [exit, ""], stderr)
        assert.include(stderr, sentence)
      }
    })
  )
})
