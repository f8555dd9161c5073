import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SweepId } from "@sweepline/core/SweepId"
import * as Wandb from "./fixtures/wandb.js"

/** A command line that can't work: one sentence, its exit code, and nothing launched. */
interface Refusal {
  readonly what: string
  readonly args: (sweep: string) => ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  readonly config?: string
  readonly says: string
  readonly code: number
}

const image = ["--image-uri", "train:7"]
const grid = "method: grid\nparameters: {x: {values: [1]}}\n"

const refusals: ReadonlyArray<Refusal> = [
  {
    what: "no key",
    args: (sweep) => ["scheduler", sweep, "-q", "q", ...image],
    environment: { WANDB_API_KEY: "" },
    says: 'There is no API key for http://localhost: set WANDB_API_KEY, or run "wandb login".',
    code: 2
  },
  {
    what: "a key that is none",
    args: (sweep) => ["scheduler", sweep, "-q", "q", ...image],
    environment: { WANDB_API_KEY: "secret" },
    says: "The API key from WANDB_API_KEY has 6 characters",
    code: 2
  },
  {
    what: "a wrong key",
    args: (sweep) => ["scheduler", sweep, "-q", "q", ...image],
    environment: { WANDB_API_KEY: "f".repeat(40) },
    says: "the server refuses the API key",
    code: 3
  },
  {
    what: "no project",
    args: (sweep) => ["scheduler", sweep, "-q", "q", ...image],
    environment: { WANDB_PROJECT: "" },
    says: "No project is named: give --project, or set WANDB_PROJECT.",
    code: 2
  },
  {
    what: "an entity that isn't there",
    args: (sweep) => ["scheduler", sweep, "-q", "q", "-e", "strangers", ...image],
    says: "It was looked for in strangers/proj.",
    code: 4
  },
  {
    what: "a project that isn't there",
    args: (sweep) => ["scheduler", sweep, "-q", "q", "-p", "nowhere", ...image],
    says: "It was looked for in ent/nowhere.",
    code: 4
  },
  {
    what: "no sweep",
    args: () => ["scheduler", "-q", "q", ...image],
    says: '"sweepline scheduler" needs <sweep>.',
    code: 2
  },
  {
    what: "a sweep that isn't there",
    args: () => ["scheduler", "nope", "-q", "q", ...image],
    says: 'There is no sweep "nope". It was looked for in ent/proj.',
    code: 4
  },
  {
    what: "a sweep of another project",
    args: (sweep) => ["scheduler", `ent/other/${sweep}`, "-q", "q", ...image],
    says: "It was looked for in ent/other.",
    code: 4
  },
  {
    what: "a path that is none",
    args: (sweep) => ["scheduler", `a/b/c/${sweep}`, "-q", "q", ...image],
    says: "names no sweep on W&B",
    code: 2
  },
  {
    what: "a queue that isn't there",
    args: (sweep) => ["scheduler", sweep, "-q", "p", ...image],
    says: 'There is no queue "p" in ent/model-registry.',
    code: 2
  },
  {
    what: "a job that isn't there",
    args: (sweep) => ["scheduler", sweep, "-q", "q", "--job", "ent/proj/fit:v0"],
    says: 'There is no job "ent/proj/fit:v0".',
    code: 1
  },
  {
    what: "a job of the sweep config that isn't there",
    args: (sweep) => ["scheduler", sweep, "-q", "q"],
    config: "method: grid\njob: ent/proj/fit:v0\nparameters: {x: {values: [1]}}\n",
    says: 'There is no job "ent/proj/fit:v0".',
    code: 1
  },
  {
    what: "job and image together",
    args: (sweep) => ["scheduler", sweep, "-q", "q", "--job", "ent/proj/fit:v0", ...image],
    says: "--job and --image-uri are both given",
    code: 2
  },
  {
    what: "job and image together in the sweep config",
    args: (sweep) => ["scheduler", sweep, "-q", "q"],
    config: "method: grid\njob: a/b/c:v0\nimage_uri: train:7\nparameters: {x: {values: [1]}}\n",
    says: "The sweep config has both job and image_uri.",
    code: 1
  },
  {
    what: "neither job nor image",
    args: (sweep) => ["scheduler", sweep, "-q", "q"],
    says: "There is neither a job nor an image to run.",
    code: 1
  },
  {
    what: "a number of seconds that is none",
    args: (sweep) => ["scheduler", sweep, "-q", "q", ...image, "--polling-sleep", "soon"],
    says: '--polling-sleep takes a number of seconds, not "soon".',
    code: 2
  },
  {
    what: "another type of scheduler",
    args: (sweep) => ["scheduler", sweep, "-q", "q", ...image, "--sweep_type", "optuna"],
    says: 'There is no scheduler of type "optuna"',
    code: 2
  },
  {
    what: "an option that isn't there",
    args: (sweep) => ["scheduler", sweep, "--que", "q"],
    says: 'has no option --que. Did you mean "--queue"?',
    code: 2
  }
]

describe("sweepline scheduler refuses", () => {
  for (const { args, code, config, environment, says, what } of refusals) {
    it.scopedLive(what, () =>
      Effect.gen(function* () {
        const world = yield* Wandb.make
        yield* Wandb.createQueue(world, "q")
        const sweep = yield* Wandb.createSweep(world, config ?? grid)
        const ended = yield* world.run(args(sweep), environment)
        assert.include(ended.stderr, says)
        assert.strictEqual(ended.stderr.split("\n").length, 1, ended.stderr)
        assert.notInclude(ended.stderr, "secret")
        assert.strictEqual(ended.stdout, "")
        assert.strictEqual(ended.code, code)
        assert.strictEqual(yield* Wandb.sweepState(world, sweep), "PENDING")
        assert.isEmpty(yield* world.api.runs(SweepId.make(sweep)))
        assert.notInclude(world.operations, "UpsertBucket")
      })
    )
  }

  it.scopedLive("no option under a launch agent: one that it doesn't know is left out, with a warning", () =>
    Effect.gen(function* () {
      const world = yield* Wandb.make
      yield* Wandb.createQueue(world, "q")
      const sweep = yield* Wandb.createSweep(world, grid)
      const args = ["scheduler", sweep, "--queue", "'q'", "--new_option", "1", "--image_uri", "train:7"]
      const environment = { WANDB_LAUNCH: "True", WANDB_RUN_ID: sweep }
      yield* world.api.setSweepState(SweepId.make(sweep), "CANCELED")
      const { code, stderr } = yield* world.run(args, environment)
      assert.strictEqual(code, 5)
      assert.include(stderr, "has no option --new_option")
    })
  )

  it.scopedLive("more workers than there can be, as the run config of its own run wants them", () =>
    Effect.gen(function* () {
      const world = yield* Wandb.make
      yield* Wandb.createQueue(world, "q")
      const sweep = yield* Wandb.createSweep(world, grid)
      const { code, stderr, stdout } = yield* world.run(
        ["scheduler", sweep, "--queue", "q", "--image_uri", "train:7"],
        {
          WANDB_LAUNCH: "True",
          WANDB_CONFIG: '{"scheduler": {"num_workers": 1000000000}}'
        }
      )
      assert.strictEqual(code, 2, stderr)
      const says = "is 1000000000, and a scheduler has at most 100000 workers: write fewer there."
      assert.include(stderr, says)
      assert.strictEqual(stderr.split("\n").length, 1, stderr)
      assert.strictEqual(stdout, "")
      assert.strictEqual(yield* Wandb.sweepState(world, sweep), "PENDING")
      assert.deepStrictEqual(yield* Wandb.runEnd(world, sweep), { state: "failed", exitcode: 1 })
      assert.include(JSON.stringify(yield* logLines(world, sweep)), says)
    })
  )

  it.scopedLive("under a launch agent, in the output of its own run, which fails", () =>
    Effect.gen(function* () {
      const world = yield* Wandb.make
      yield* Wandb.createQueue(world, "q")
      const sweep = yield* Wandb.createSweep(world, grid)
      const { code } = yield* world.run(["scheduler", sweep, "--queue", "'q'"], {
        WANDB_LAUNCH: "True",
        WANDB_RUN_ID: sweep
      })
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(yield* Wandb.runEnd(world, sweep), { state: "failed", exitcode: 1 })
      assert.include(JSON.stringify(yield* logLines(world, sweep)), "There is neither a job nor an image to run.")
    })
  )
})

// fixtures

/** What the scheduler's own run has printed. */
const logLines = (world: Wandb.World, run: string) =>
  world.gql(
    'query L($run: String!) { project(name: "proj", entityName: "ent") { run(name: $run) { logLines(first: 9) { edges { node { line } } } } } }',
    { run }
  )
