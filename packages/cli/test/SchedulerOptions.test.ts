import { assert, describe, it } from "@effect/vitest"
import { Duration, Either, Option } from "effect"
import * as PythonOption from "../src/PythonOption.js"
import * as SchedulerOptions from "../src/wandb/SchedulerOptions.js"
import * as SweepPath from "../src/wandb/SweepPath.js"

const none: SchedulerOptions.Given = {
  sweep: "k3p9x0qa",
  queue: Option.none(),
  job: Option.none(),
  imageUri: Option.none(),
  numWorkers: Option.none(),
  entity: Option.none(),
  project: Option.none(),
  projectQueue: Option.none(),
  author: Option.none(),
  pollingSleep: Option.none(),
  sweepType: Option.none(),
  dir: Option.none(),
  requeuePending: false,
  json: false
}

const read = (given: Partial<SchedulerOptions.Given>) => Either.getOrThrow(SchedulerOptions.read({ ...none, ...given }))

describe("the command line of a scheduler", () => {
  it("takes the reference's values where it says nothing (B4)", () => {
    const { executable, pollInterval, queue, queueProject, workers } = read({})
    assert.strictEqual(queue, "default")
    assert.strictEqual(queueProject, "model-registry")
    assert.strictEqual(Duration.toSeconds(pollInterval), 5)
    assert.isUndefined(workers)
    assert.isUndefined(executable)
  })

  it("loses one pair of quotes that Python put around a value (RD21)", () => {
    const cases = { "'q'": "q", '"it\'s"': "it's", q: "q", "'": "'", "''": "", "''q''": "'q'", "'q\"": "'q\"" }
    for (const [written, meant] of Object.entries(cases)) assert.strictEqual(PythonOption.unquote(written), meant)
  })

  it("takes no more workers than could ever be, with a warning", () => {
    const { warnings, workers } = read({ numWorkers: Option.some("9".repeat(20)) })
    assert.strictEqual(workers, 100_000)
    assert.match(warnings[0] ?? "", /^--num-workers takes at most 100000, not 9{20}/)
  })

  it("counts workers by digits, and takes anything else as 8, with a warning (B15)", () => {
    const cases = { "4": 4, "007": 7, "0": 0, "4.0": 8, "-1": 8, abc: 8, "\u00b2": 8 }
    for (const [written, meant] of Object.entries(cases)) {
      const { warnings, workers } = read({ numWorkers: Option.some(written) })
      assert.strictEqual(workers, meant, written)
      assert.strictEqual(warnings.length, /^[0-9]+$/.test(written) ? 0 : 1)
    }
  })

  it("takes parts of a second, and 0 as fast as is sensible (B13, RD24)", () => {
    for (const [written, meant] of Object.entries({ "2": 2000, "0.5": 500, ".25": 250, "0": 50 })) {
      assert.strictEqual(Duration.toMillis(read({ pollingSleep: Option.some(written) }).pollInterval), meant)
    }
  })

  it("keeps what W&B's scheduler keeps in its own run's config (B13, B14)", () => {
    const { config } = read({
      queue: Option.some("007"),
      author: Option.some("kim"),
      imageUri: Option.some("train:7"),
      numWorkers: Option.some("3"),
      project: Option.some("p"),
      pollingSleep: Option.some("1")
    })
    assert.deepStrictEqual(
      [...config],
      [
        ["queue", "007"],
        ["author", "kim"],
        ["image_uri", "train:7"]
      ]
    )
  })

  it("names a sweep by its id, its project's or its entity's path", () => {
    const parse = (text: string) => Option.getOrUndefined(Either.getRight(SweepPath.parse(text)))
    assert.deepEqual<unknown>(parse("s"), { entity: undefined, project: undefined, sweep: "s" })
    assert.deepEqual<unknown>(parse("p/s"), { entity: undefined, project: "p", sweep: "s" })
    assert.deepEqual<unknown>(parse("e/p/s"), { entity: "e", project: "p", sweep: "s" })
    assert.deepEqual<unknown>(parse(" e / p/ s"), { entity: "e", project: "p", sweep: "s" })
    for (const text of ["", " ", "/s", "e//s", "e/ /s", "x/e/p/s"]) assert.isUndefined(parse(text), text)
  })
})
