import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Option, TestClock } from "effect"
import * as YAML from "yaml"
import * as JobBuilder from "../src/JobBuilder.js"
import * as LaunchAgentConfig from "../src/LaunchAgentConfig.js"
import type { Executable } from "../src/Executable.js"
import type { LaunchRequest } from "../src/LaunchRequest.js"
import type { PythonValue } from "../src/PythonValue.js"
import { RunId } from "../src/RunId.js"
import * as RunKey from "../src/RunKey.js"
import * as RunParameters from "../src/RunParameters.js"
import * as Slots from "../src/Slots.js"
import { SweepApi } from "../src/SweepApi.js"
import { SweepId } from "../src/SweepId.js"

const dict = (entries: Record<string, PythonValue>) => new Map(Object.entries(entries))

describe("a job of a sweep's own program", () => {
  it("has the command line, environment and files that wandb agent gives a child", () => {
    const { job } = Either.getOrThrow(JobBuilder.program(options({})))
    assert.deepStrictEqual(job.argv, ["/usr/bin/env", "python", "train.py", "--lr=1e-05", "--depth=3"])
    assert.strictEqual(job.cwd, "/ada")
    assert.deepStrictEqual(Object.fromEntries(job.env), {
      WANDB_RUN_ID: "r1",
      WANDB_SWEEP_ID: "s1",
      WANDB_SWEEP_PARAM_PATH: "/state/runs/r1/config.yaml",
      WANDB_DIR: "/state/runs/r1",
      WANDB_ENTITY: "ada",
      WANDB_PROJECT: "digits",
      WANDB_SERVICE: undefined,
      SWEEPLINE_RUN_DIR: "/state/runs/r1",
      SWEEPLINE_RUN_ID: "r1",
      SWEEPLINE_SWEEP_ID: "s1",
      SWEEPLINE_ATTEMPT: "2",
      PYTHONUNBUFFERED: "1",
      CUDA_VISIBLE_DEVICES: "5"
    })
    assert.deepStrictEqual([...job.files.keys()], ["config.yaml"])
  })

  it("leaves PYTHONUNBUFFERED, entity and project to the person where they are said or unknown", () => {
    const { job } = Either.getOrThrow(
      JobBuilder.program(
        options({ environment: new Map([["PYTHONUNBUFFERED", ""]]), entity: undefined, project: undefined })
      )
    )
    for (const name of ["PYTHONUNBUFFERED", "WANDB_ENTITY", "WANDB_PROJECT"]) assert.isFalse(job.env.has(name))
  })

  it("has a file of arguments where the command asks for one", () => {
    const { job } = Either.getOrThrow(
      JobBuilder.program(options({}, { command: ["./run", "${args_json_file}", "${envvar:HOME}"], program: undefined }))
    )
    assert.deepStrictEqual(job.argv, ["./run", "/state/runs/r1/args.json", "/ada"])
    assert.strictEqual(job.files.get("args.json")?.trim(), '{"lr": 1e-05, "depth": 3}')
  })

  it("isn't there when the sweep names nothing to run", () => {
    const refused = Either.flip(JobBuilder.program(options({}, { command: undefined, program: undefined })))
    assert.deepInclude(Either.getOrThrow(refused), { _tag: "LaunchError", reason: "InvalidSpec", run: "r1" })
  })
})

describe("JobBuilder.layerProgram", () => {
  it.effect("reads a sweep's config once a while, so that an edit of it is heeded, and refuses jobs and images", () =>
    Effect.gen(function* () {
      let reads = 0
      let program = "train.py"
      const api = Layer.mock(SweepApi, {
        sweep: (id) =>
          Effect.sync(() => {
            reads += 1
            const config = `program: ${program}\nmethod: grid\nparameters: {lr: {value: 1}}\n`
            return { id, name: "s", state: Option.none(), config, seed: 0, createdAt: 0 }
          })
      })
      const builder = yield* JobBuilder.JobBuilder.pipe(
        Effect.provide(
          JobBuilder.layerProgram({ interpreter: "python3" }).pipe(
            Layer.provide([api, LaunchAgentConfig.layer({ runsDirectory: "/state/runs", workingDirectory: "/ada" })])
          )
        )
      )
      const [slot] = Slots.workers(1)
      assert.isDefined(slot)
      for (let n = 0; n < 3; n++) {
        const job = yield* builder.build(request({ kind: "program" }), slot)
        assert.deepStrictEqual(job.argv.slice(1, 3), ["python3", "train.py"])
      }
      assert.strictEqual(reads, 1)
      program = "mended.py"
      yield* TestClock.adjust("1 second")
      const edited = yield* builder.build(request({ kind: "program" }), slot)
      assert.strictEqual(edited.argv[2], "mended.py")
      assert.strictEqual(reads, 2)
      // As many as an agent may come by in its life: not all of them are remembered.
      for (const id of [...Array.from({ length: 64 }, (_, n) => `other-${n}`), "s1"]) {
        yield* builder.build({ ...request({ kind: "program" }), sweep: SweepId.make(id) }, slot)
      }
      assert.strictEqual(reads, 67)
      for (const executable of [
        { kind: "job", name: "train:v1" },
        { kind: "image", uri: "ada/train" }
      ] as const) {
        const error = yield* Effect.flip(builder.build(request(executable), slot))
        assert.deepInclude(error, { _tag: "LaunchError", reason: "InvalidSpec" })
      }
    })
  )
})

describe("RunParameters.yaml", () => {
  it("is what the W&B SDK reads: a version, an empty line, and each parameter with its value", () => {
    assert.strictEqual(
      RunParameters.yaml(
        new Map<string, PythonValue>([
          ["lr", 1e-5],
          ["depth", 3n],
          ["width", 2],
          ["on", true],
          ["name", 'adam: "x"\n'],
          ["none", null],
          ["layers", [1n, [2.5], dict({ k: Number.NaN })]],
          ["opt", dict({ kind: "sgd", inner: dict({ m: Number.POSITIVE_INFINITY }), empty: dict({}) })],
          ["no list", []]
        ])
      ),
      `wandb_version: 1

lr:
  value: 1.0e-05
depth:
  value: 3
width:
  value: 2.0
"on":
  value: true
name:
  value: "adam: \\"x\\"\\n"
none:
  value: null
layers:
  value:
    - 1
    - [2.5]
    - {"k": .nan}
opt:
  value:
    kind: "sgd"
    inner:
      m: .inf
    empty: {}
"no list":
  value: []
`
    )
  })

  it("reads back as it was, also under YAML 1.1", () => {
    const values = {
      a: "yes",
      b: "1e-5",
      c: "\u0085 \u2028 \u{1F600} \ufeff tab\t",
      y: -1e22,
      n: 0.1,
      "1_000": "x",
      "": [true]
    }
    const text = RunParameters.yaml(dict(values))
    const expected = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]))
    for (const version of ["1.1", "1.2"] as const) {
      assert.deepStrictEqual(YAML.parse(text, { version }), { wandb_version: 1, ...expected })
    }
  })
})

// fixtures

const options = (
  settings: Partial<JobBuilder.ProgramOptions["settings"]>,
  config: Partial<JobBuilder.ProgramOptions["config"]> = {}
): JobBuilder.ProgramOptions => ({
  config: { command: undefined, program: "train.py", entity: undefined, project: undefined, ...config },
  request: {
    sweep: SweepId.make("s1"),
    run: RunId.make("r1"),
    attempt: 2,
    trial: dict({ lr: 1e-5, depth: 3n })
  },
  slot: new Map([["CUDA_VISIBLE_DEVICES", "5"]]),
  settings: {
    entity: "ada",
    project: "digits",
    environment: new Map([["HOME", "/ada"]]),
    runsDirectory: "/state/runs",
    workingDirectory: "/ada",
    ...settings
  },
  machine: {}
})

const request = (executable: Executable): LaunchRequest => ({
  key: RunKey.make(RunId.make("r1"), 1),
  sweep: SweepId.make("s1"),
  run: RunId.make("r1"),
  attempt: 1,
  queue: "default",
  priority: 2,
  executable,
  trial: dict({ lr: 1n }),
  entryPoint: undefined,
  launch: new Map(),
  author: undefined
})
