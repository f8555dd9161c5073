import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Logger } from "effect"
import type { Executable } from "../src/Executable.js"
import * as LaunchRequest from "../src/LaunchRequest.js"
import * as PythonJson from "../src/PythonJson.js"
import type { PythonDict, PythonValue } from "../src/PythonValue.js"
import { RunId } from "../src/RunId.js"
import * as SweepConfig from "../src/SweepConfig.js"
import { SweepId } from "../src/SweepId.js"

describe("LaunchRequest.make", () => {
  it("without command and launch section only carries the parameters (H.3.1)", () => {
    const { request, warnings } = prepared({ trial: dict('{"lr": 0.01, "depth": 3}') })
    const { launch, trial, ...others } = request
    assert.deepStrictEqual<unknown>(others, {
      key: "b7d2m4zz#2",
      sweep: "k3p9x0qa",
      run: "b7d2m4zz",
      attempt: 2,
      queue: "gpu",
      priority: 2,
      executable: { kind: "image", uri: "reg.local/train:7" },
      entryPoint: undefined,
      author: undefined
    })
    assert.strictEqual(json(trial), '{"lr": 0.01, "depth": 3}')
    assert.strictEqual(json(launch), '{"overrides": {"run_config": {"lr": 0.01, "depth": 3}}}')
    assert.deepStrictEqual(warnings, [])
  })

  it("keeps the launch section's keys in their order, and splits the command (H.3.2)", () => {
    const { request, warnings } = prepared({
      executable: { kind: "job", name: "team-a/vision/job-fit:v4" },
      config: { command: ["python", "fit.py", "${args_no_equals}"], program: undefined },
      launch: dict(
        '{"queue": "gpu", "priority": 0, "resource": "kubernetes", "resource_args": {"kubernetes": {"namespace": "ml"}}}'
      ),
      trial: dict('{"opt": "adam", "eps": 1e-08, "amp": true}'),
      author: "kim"
    })
    assert.strictEqual(request.priority, 0)
    assert.strictEqual(request.author, "kim")
    assert.deepStrictEqual(request.entryPoint, ["python", "fit.py"])
    assert.strictEqual(
      json(request.launch),
      '{"queue": "gpu", "priority": 0, "resource": "kubernetes", "resource_args": {"kubernetes": {"namespace": "ml"}}, "overrides": {"run_config": {"opt": "adam", "eps": 1e-08, "amp": true}, "args": ["--opt", "adam", "--eps", "1e-08", "--amp", "True"]}}'
    )
    assert.deepStrictEqual(warnings, ["The sweep's command replaces the entry point of the job."])
  })

  it("merges the parameters over the section's own run config (H.3.3, B76)", () => {
    const launch = dict(
      '{"template_variables": {"cpu": 2}, "overrides": {"run_config": {"seed": 1, "w": 0}, "args": ["old"]}}'
    )
    const { request } = prepared({
      config: { command: ["${args_json}"], program: undefined },
      launch,
      trial: dict('{"w": 0.5, "tag": null}')
    })
    assert.strictEqual(request.entryPoint, undefined)
    assert.strictEqual(
      json(request.launch),
      '{"template_variables": {"cpu": 2}, "overrides": {"run_config": {"seed": 1, "w": 0.5, "tag": null}, "args": ["{\\"w\\": 0.5, \\"tag\\": null}"]}}'
    )
    assert.strictEqual(json(launch.get("overrides") ?? null), '{"run_config": {"seed": 1, "w": 0}, "args": ["old"]}')
  })

  it("leaves the section's own arguments where the command gives none (B77)", () => {
    const { request } = prepared({ launch: dict('{"overrides": {"args": ["--seed", 1]}}'), trial: new Map() })
    assert.strictEqual(json(request.launch), '{"overrides": {"args": ["--seed", 1], "run_config": {}}}')
  })

  it("takes null sections as absent (RD34)", () => {
    for (const text of [
      '{"launch": null}',
      '{"launch": {"overrides": null}}',
      '{"launch": {"overrides": {"run_config": null}}}'
    ]) {
      const { request } = prepared({ launch: dict(text).get("launch"), trial: dict('{"a": 1}') })
      assert.strictEqual(json(request.launch), '{"overrides": {"run_config": {"a": 1}}}')
    }
  })

  it("drops resource_args beside template_variables, with a warning (B59)", () => {
    const launch = dict('{"resource_args": {"a": 1}, "template_variables": {"b": 2}}')
    const { request, warnings } = prepared({ launch })
    assert.deepStrictEqual([...request.launch.keys()], ["template_variables", "overrides"])
    assert.deepStrictEqual(warnings, [
      "The launch section has resource_args beside template_variables: they are left out."
    ])
    const empty = prepared({ launch: dict('{"resource_args": {"a": 1}, "template_variables": {}}') })
    assert.deepStrictEqual([...empty.request.launch.keys()], ["resource_args", "template_variables", "overrides"])
  })

  it.each<[string, number]>([
    ["0", 0],
    ["4", 4],
    ["1.9", 1],
    ['" 3 "', 3],
    ["null", 2]
  ])("reads priority %s (B58)", (text, priority) => {
    assert.strictEqual(prepared({ launch: dict(`{"priority": ${text}}`) }).request.priority, priority)
  })

  it.each([
    ['{"launch": 1}', "launch must be a mapping, not 1"],
    ['{"launch": {"overrides": []}}', "launch.overrides must be a mapping, not []"],
    ['{"launch": {"overrides": {"run_config": "x"}}}', "launch.overrides.run_config must be a mapping, not 'x'"],
    ['{"launch": {"priority": "high"}}', "launch.priority must be a whole number, not 'high'"],
    ['{"launch": {"priority": true}}', "launch.priority must be a whole number, not True"],
    ['{"launch": {"priority": NaN}}', "launch.priority must be a whole number, not nan"]
  ])("refuses %s", (text, detail) => {
    const error = failure({ launch: dict(text).get("launch") })
    assert.deepInclude(error, { _tag: "LaunchError", reason: "InvalidSpec", run: "b7d2m4zz", detail })
    assert.strictEqual(error.message, `Run b7d2m4zz could not be launched: ${detail}`)
  })

  it("refuses a command that can't be used", () => {
    const error = failure({ config: { command: ["${program}"], program: undefined } })
    assert.deepInclude(error, { _tag: "SchedulerError", reason: "BadCommand" })
  })

  it("leaves the sweep's own program to the launch agent", () => {
    const launch = dict('{"priority": 1}')
    const { request, warnings } = prepared({
      executable: { kind: "program" },
      config: { command: ["python", "${program}", "${args}"], program: "train.py" },
      launch
    })
    assert.deepStrictEqual([request.priority, request.entryPoint, request.launch], [1, undefined, launch])
    assert.deepStrictEqual(warnings, [])
  })
})

describe("LaunchRequest.builder", () => {
  it.effect("makes the requests of a sweep from its config, and warns once", () => {
    const messages: Array<unknown> = []
    const logger = Logger.make(({ message }) => void messages.push(message))
    return Effect.gen(function* () {
      const request = builder(Either.right({ kind: "image", uri: "train:7" }), dict('{"launch": {"priority": 1}}'))
      const first = yield* request(RunId.make("a"), 1, new Map([["lr", 0.1]]))
      const second = yield* request(RunId.make("b"), 3, new Map([["lr", 0.2]]))
      assert.deepStrictEqual([first.key, second.key], ["a#1", "b#3"])
      assert.deepStrictEqual([first.priority, first.queue, first.author], [1, "gpu", "kim"])
      assert.deepStrictEqual(first.entryPoint, ["python", "train.py"])
      assert.strictEqual(messages.length, 1)
    }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })

  it.effect("takes the sweep config's launch section where the own run has none", () =>
    Effect.gen(function* () {
      const request = builder(Either.right({ kind: "program" }), new Map([["launch", null]]))
      assert.strictEqual((yield* request(RunId.make("a"), 1, new Map())).priority, 3)
    })
  )

  it.effect("fails with the sentence that says why nothing can be executed", () =>
    Effect.gen(function* () {
      const request = builder(Either.left("There is nothing to run."), new Map())
      const error = yield* Effect.flip(request(RunId.make("a"), 1, new Map()))
      assert.deepInclude(error, { _tag: "SchedulerError", reason: "NoExecutable" })
      assert.strictEqual(error.message, "There is nothing to run.")
    })
  )
})

// fixtures

const builder = (executable: Either.Either<Executable, string>, ownConfig: PythonDict) =>
  LaunchRequest.builder({
    sweep: SweepId.make("k3p9x0qa"),
    sweepConfig: Either.getOrThrow(
      SweepConfig.parse({
        file: "sweep.yaml",
        text: 'method: random\nparameters: {lr: {value: 1}}\nprogram: train.py\ncommand: [python, "${program}"]\nlaunch: {priority: 3}'
      })
    ),
    ownConfig,
    executable,
    config: { queue: "gpu", author: "kim" }
  })

const defaults: LaunchRequest.Options = {
  config: { command: undefined, program: undefined },
  executable: { kind: "image", uri: "reg.local/train:7" },
  sweep: SweepId.make("k3p9x0qa"),
  run: RunId.make("b7d2m4zz"),
  attempt: 2,
  trial: new Map([["lr", 0.1]]),
  queue: "gpu",
  launch: undefined,
  author: "",
  environment: new Map()
}

const prepared = (options: Partial<LaunchRequest.Options>) =>
  Either.getOrThrow(LaunchRequest.make({ ...defaults, ...options }))
const failure = (options: Partial<LaunchRequest.Options>) =>
  Either.getOrThrow(Either.flip(LaunchRequest.make({ ...defaults, ...options })))
const json = (value: PythonValue) => PythonJson.stringify(value)
const dict = (text: string) => Either.getOrThrow(PythonJson.parseDict(text))
