import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import type { Parameter } from "../src/Parameter.js"
import * as PythonJson from "../src/PythonJson.js"
import * as PythonValue from "../src/PythonValue.js"
import type { EarlyTerminate } from "../src/EarlyTerminate.js"
import type { Metric } from "../src/Metric.js"
import * as SweepConfig from "../src/SweepConfig.js"

describe("SweepConfig.parse", () => {
  it("reads every key", () => {
    const config = parse(everything)
    assert.deepStrictEqual<SweepConfig.SweepConfig>(config, {
      source: everything,
      method: "bayes",
      name: "mnist",
      description: "all of it",
      program: "train.py",
      job: "team/vision/job-fit:v4",
      imageUri: "reg.local/train:7",
      entity: "team",
      project: "vision",
      command: ["${env}", "${interpreter}", "${program}", "--epochs", 3n, "--half", 0.5, true, "${args}"],
      metric: { name: "val/loss", goal: "maximize", target: 0.9, impute: "best", imputeWhileRunning: "latest" },
      metrics: [],
      runCap: 20,
      earlyTerminate: { type: "hyperband", minIter: undefined, maxIter: 27, s: 2, eta: 3, strict: false },
      repeats: { times: 3, over: "seed", abandon: false },
      start: [],
      parameters: new Map<string, Parameter>([["lr", { distribution: "uniform", min: 1e-4, max: 1 }]]),
      launch: dict(`{"queue": "gpu", "priority": 1, "resource_args": {"kubernetes": {"cpu": 2.0}}, "more": null}`),
      scheduler: dict(`{"job": "team/sched/job:v1", "num_workers": 4, "settings": {"depth": 1}}`),
      controller: "local"
    })
  })

  it("reads the least that is a config, with its defaults", () => {
    assert.deepStrictEqual(parse("{method: random, parameters: {a: {value: null}}}"), {
      source: "{method: random, parameters: {a: {value: null}}}",
      method: "random",
      name: undefined,
      description: undefined,
      program: undefined,
      job: undefined,
      imageUri: undefined,
      entity: undefined,
      project: undefined,
      command: undefined,
      metric: undefined,
      metrics: [],
      runCap: undefined,
      earlyTerminate: undefined,
      repeats: undefined,
      start: [],
      parameters: new Map<string, Parameter>([["a", { distribution: "constant", value: null }]]),
      launch: undefined,
      scheduler: undefined,
      controller: "cloud"
    })
  })

  it("keeps parameters in the order of the source, also those whose names sort otherwise", () => {
    const config = parse("method: random\nparameters: {z: {value: 1}, a: {value: 2}, _9: {value: 3}}")
    assert.deepStrictEqual([...config.parameters.keys()], ["z", "a", "_9"])
  })

  it.each(["bayes", "random", "custom"])("reads several metrics for method: %s", (method) => {
    const config = parse(
      `method: ${method}\nparameters: {a: {min: 0, max: 1}}\nmetrics: [{name: a}, {name: b, goal: maximize}]`
    )
    assert.deepStrictEqual(
      config.metrics.map(({ goal, name }) => [name, goal]),
      [["a", "minimize"], ["b", "maximize"]] // prettier-ignore
    )
  })

  it.each<[string, EarlyTerminate]>([
    ["{type: hyperband, min_iter: 3}", rule({ type: "hyperband", minIter: 3 })],
    ["{type: hyperband, min_iter: 3.0, eta: 2}", rule({ type: "hyperband", minIter: 3, eta: 2 })],
    ["{type: hyperband, max_iter: 27, s: 2.0}", rule({ type: "hyperband", maxIter: 27, s: 2 })],
    [
      "{type: hyperband, max_iter: 27, s: 2, min_iter: 3, strict: no}",
      rule({ type: "hyperband", minIter: 3, maxIter: 27, s: 2, strict: false })
    ],
    ["{type: asha}", rule({ type: "asha" })],
    ["{type: asha, min_iter: 1, max_iter: 81, eta: 4}", rule({ type: "asha", minIter: 1, maxIter: 81, eta: 4 })],
    ["{type: median, min_iter: 5}", rule({ type: "median", minIter: 5 })]
  ])("accepts early_terminate %s", (text, expected) => {
    assert.deepStrictEqual(parse(base(`metric: {name: a}\nearly_terminate: ${text}`)).earlyTerminate, expected)
  })

  it.each<[string, number | undefined]>([
    ["5", 5],
    ["5.0", 5],
    ['"12"', 12],
    ["0x10", 16],
    ["null", undefined]
  ])("reads run_cap %s", (text, cap) => {
    assert.strictEqual(parse(base(`run_cap: ${text}`)).runCap, cap)
  })

  it.each<[string, Metric["imputeWhileRunning"]]>([
    ["false", false],
    ['"false"', false],
    ["worst", "worst"]
  ])("reads impute_while_running %s", (text, value) => {
    const config = parse(base(`metric: {name: a, impute_while_running: ${text}}`))
    assert.strictEqual(config.metric?.imputeWhileRunning, value)
  })

  it("takes a launch sweep with a scheduler job and no method as custom", () => {
    assert.strictEqual(parse("scheduler: {job: a/b/c:v1}\nparameters: {a: {value: 1}}").method, "custom")
  })

  it("needs no parameters where a scheduler brings a search space", () => {
    const text = "method: bayes\nmetric: {name: a}\nscheduler: {engine: optuna, source: s.py, search_space: space}"
    assert.strictEqual(parse(text).parameters.size, 0)
  })

  it("takes a shuffled grid", () => {
    const shuffled = `method: grid\nscheduler: {shuffle: true}\nparameters: {x: {values: [1, 2]}}\n`
    assert.strictEqual(parse(shuffled).scheduler?.get("shuffle"), true)
  })

  it("takes null for launch, scheduler, priority and texts as absent (RD34)", () => {
    const config = parse(base("launch:\nscheduler: ~\nname:\nprogram: ''"))
    assert.deepStrictEqual(
      [config.launch, config.scheduler, config.name, config.program],
      [undefined, undefined, undefined, undefined]
    )
    assert.deepStrictEqual(parse(base("launch: {priority: null}")).launch, dict('{"priority": null}'))
  })

  it("resolves aliases and merge keys", () => {
    const text = `
method: random
parameters:
  a: &range {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
  b: *range
  c:
    <<: *range
    max: 1.0
`
    const parameters = parse(text).parameters
    assert.deepStrictEqual(parameters.get("b"), parameters.get("a"))
    assert.deepStrictEqual(parameters.get("c"), { distribution: "log_uniform_values", min: 1e-4, max: 1 })
  })

  it("takes words that PyYAML takes for booleans as names, and as booleans among values", () => {
    const parameters = parse("method: grid\nparameters: {on: {values: [yes, off, y, 'no']}}").parameters
    assert.deepStrictEqual([...parameters], [["on", { distribution: "categorical", values: [true, false, "y", "no"] }]])
  })

  it("reads JSON, with its tabs, escapes and exponents", () => {
    const text =
      '{\n\t"method": "grid",\n\t"parameters": {"x": {"values": ["\\ud83d\\ude00\\/", 1E5, 1.0, 1, null]}}\n}'
    assert.deepStrictEqual(parse(text).parameters.get("x"), {
      distribution: "categorical",
      values: ["😀/", 1e5, 1, 1n, null]
    })
  })
})

describe("a parameter", () => {
  it.each<[string, Parameter]>([
    ["{value: 1}", { distribution: "constant", value: 1n }],
    ["{value: 1.0}", { distribution: "constant", value: 1 }],
    ["{value: {b: [1, 2.0], a: x}}", { distribution: "constant", value: dict('{"b": [1, 2.0], "a": "x"}') }],
    ["{distribution: constant, value: no}", { distribution: "constant", value: false }],
    ["{values: [1, 1.0, a, null, [1]]}", { distribution: "categorical", values: [1n, 1, "a", null, [1n]] }],
    ["{distribution: categorical, values: [a]}", { distribution: "categorical", values: ["a"] }],
    [
      "{values: [a, b, c], probabilities: [0.2, 0.3, 0.500001]}",
      { distribution: "categorical_w_probabilities", values: ["a", "b", "c"], probabilities: [0.2, 0.3, 0.500001] }
    ],
    ["{min: 0, max: 1}", { distribution: "int_uniform", min: 0, max: 1 }],
    ["{min: -010, max: 1_000}", { distribution: "int_uniform", min: -8, max: 1000 }],
    ["{min: 0.0, max: 1}", { distribution: "uniform", min: 0, max: 1 }],
    ["{min: 0, max: 1.0}", { distribution: "uniform", min: 0, max: 1 }],
    ["{min: 0, max: 1e0}", { distribution: "uniform", min: 0, max: 1 }],
    ["{min: 1e-4, max: 1e-1}", { distribution: "uniform", min: 1e-4, max: 0.1 }],
    ["{distribution: uniform, min: 0, max: 1}", { distribution: "uniform", min: 0, max: 1 }],
    ["{distribution: int_uniform, min: 0, max: 1}", { distribution: "int_uniform", min: 0, max: 1 }],
    [
      "{distribution: q_uniform, min: 0, max: 10, q: 5}",
      { distribution: "q_uniform", min: 0, max: 10, q: { value: 5, integer: true } }
    ],
    [
      "{distribution: q_uniform, min: 0, max: 10, q: 5.0}",
      { distribution: "q_uniform", min: 0, max: 10, q: { value: 5, integer: false } }
    ],
    [
      "{distribution: q_uniform, min: 0, max: 10}",
      { distribution: "q_uniform", min: 0, max: 10, q: { value: 1, integer: false } }
    ],
    ["{distribution: log_uniform, min: -5, max: -1}", { distribution: "log_uniform", min: -5, max: -1 }],
    ["{distribution: inv_log_uniform, min: -2, max: 3}", { distribution: "inv_log_uniform", min: -2, max: 3 }],
    [
      "{distribution: q_log_uniform, min: 0, max: 5, q: 2}",
      { distribution: "q_log_uniform", min: 0, max: 5, q: { value: 2, integer: true } }
    ],
    [
      "{distribution: log_uniform_values, min: 1e-5, max: 1}",
      { distribution: "log_uniform_values", min: 1e-5, max: 1 }
    ],
    [
      "{distribution: inv_log_uniform_values, min: 1, max: 2}",
      { distribution: "inv_log_uniform_values", min: 1, max: 2 }
    ],
    [
      "{distribution: q_log_uniform_values, min: 1, max: 100, q: 5}",
      { distribution: "q_log_uniform_values", min: 1, max: 100, q: { value: 5, integer: true } }
    ],
    ["{distribution: normal}", { distribution: "normal", mu: 0, sigma: 1 }],
    ["{distribution: log_normal, mu: -1, sigma: 0.5}", { distribution: "log_normal", mu: -1, sigma: 0.5 }],
    ["{distribution: q_normal, q: 2}", { distribution: "q_normal", mu: 0, sigma: 1, q: { value: 2, integer: true } }],
    [
      "{distribution: q_log_normal}",
      { distribution: "q_log_normal", mu: 0, sigma: 1, q: { value: 1, integer: false } }
    ],
    ["{distribution: beta, a: 2, b: 5}", { distribution: "beta", a: 2, b: 5 }],
    ["{distribution: q_beta, q: 0.25}", { distribution: "q_beta", a: 1, b: 1, q: { value: 0.25, integer: false } }],
    [
      "{parameters: {z.y-x_1: {min: 0, max: 1}, a: {parameters: {b: {value: 2}}}}}",
      {
        distribution: "nested",
        parameters: new Map<string, Parameter>([
          ["z.y-x_1", { distribution: "int_uniform", min: 0, max: 1 }],
          ["a", { distribution: "nested", parameters: new Map([["b", { distribution: "constant", value: 2n }]]) }]
        ])
      }
    ]
  ])("%s", (text, expected) => {
    assert.deepStrictEqual(parse(`method: random\nparameters: {x: ${text}}`).parameters.get("x"), expected)
  })

  it.each([
    "{value: 1}",
    "{values: [a]}",
    "{min: 1, max: 3}",
    "{distribution: q_uniform, min: 0, max: 1, q: 0.5}",
    "{parameters: {y: {values: [1]}}}"
  ])("%s fits a grid", (text) => {
    assert.strictEqual(parse(`method: grid\nparameters: {x: ${text}}`).parameters.size, 1)
  })
})

describe("the way back", () => {
  it.prop("a config's source gives the same config again", [arbitraryDocument()], ([document]) => {
    const config = parse(document)
    assert.deepStrictEqual(parse(config.source), config)
  })

  it.prop(
    "the document is what was written, ints, floats and order included",
    [arbitraryDocument()],
    ([document]) => PythonJson.stringify(SweepConfig.document(parse(document))) === document
  )

  it.prop("any document survives", [PythonJson.DictFromSelf], ([value]) => {
    const text = PythonJson.stringify(value)
    // JSON's words for what isn't finite are texts in YAML.
    FastCheck.pre(!/NaN|Infinity/.test(text))
    const read = Either.getOrThrow(SweepConfig.parseDocument({ file: "sweep.yaml", text }))
    return PythonValue.equals(read, value)
  })

  it("a document needs only to be a mapping", () => {
    const text = "foo: 1.0\nbar: [yes, 1]"
    assert.deepStrictEqual(
      SweepConfig.parseDocument({ file: "sweep.yaml", text }),
      Either.right(dict('{"foo": 1.0, "bar": [true, 1]}'))
    )
    assert.isTrue(Either.isLeft(SweepConfig.parseDocument({ file: "sweep.yaml", text: "- a" })))
  })
})

describe("SweepConfig.parse of anything", () => {
  it.prop("answers, and points into the text", [FastCheck.array(fragment(), { maxLength: 25 })], ([fragments]) => {
    const text = fragments.join("")
    const lines = text.split("\n")
    const result = SweepConfig.parse({ file: "sweep.yaml", text })
    if (Either.isRight(result)) return
    for (const { column, line } of result.left.violations) {
      assert.isAtLeast(line, 1)
      assert.isAtMost(line, lines.length)
      assert.isAtLeast(column, 1)
      assert.isAtMost(column, (lines[line - 1] ?? "").length + 1)
    }
  })
})

describe("SweepConfig.parseAccepted", () => {
  const accepted = (text: string) => SweepConfig.parseAccepted({ file: "sweep x", text })

  it("lets stand what a server has accepted, and tells it", () => {
    const { config, violations } = Either.getOrThrow(
      accepted("method: bohb\njob-type: 1\nparameters: {x: {min: 1}, y: {value: 1}}\nprogram: train.py\nrun_cap: 3")
    )
    assert.deepStrictEqual(
      violations.map(({ path }) => path),
      ["method", "job-type", "parameters.x"]
    )
    assert.deepStrictEqual([config.method, config.program, config.runCap], ["custom", "train.py", 3])
    assert.deepStrictEqual([...config.parameters.keys()], ["y"])
  })

  it.each(["0", "0.0", "false", '""'])("takes run_cap %s for no cap, as W&B does (B25)", (cap) => {
    const { config } = Either.getOrThrow(accepted(base(`run_cap: ${cap}`)))
    assert.isUndefined(config.runCap)
  })

  it.each(["", "''", "false", "{}"])("takes command %s for none, as W&B does (B72)", (command) => {
    const { config } = Either.getOrThrow(accepted(base(`command: ${command}`)))
    assert.isUndefined(config.command)
  })

  it.each([
    "command: train",
    'command: ["${args_dict}"]',
    "run_cap: -1",
    "run_cap: 2.5",
    "run_cap: many",
    "program: [a]",
    "job: 1",
    "image_uri: 1"
  ])("insists on what launching depends on: %s", (text) => {
    assert.isTrue(Either.isLeft(accepted(text)))
  })
})

describe("SweepConfig.hints", () => {
  it("names deprecated distributions and macros that nobody knows, and is else silent", () => {
    const text = `
method: random
parameters:
  lr: {distribution: log_uniform, min: -5, max: -1}
  opt: {parameters: {eps: {distribution: q_log_uniform, min: -5, max: -1}}}
command: ["\${env}", "\${envvar:HOME}/x", "\${arg}", "\${zzz}", "\${args_json_file}"]
`
    assert.deepStrictEqual(SweepConfig.hints(parse(text)), [
      "parameters.lr: the bounds of log_uniform are exponents of e; log_uniform_values takes the limits themselves.",
      "parameters.opt.parameters.eps: the bounds of q_log_uniform are exponents of e; q_log_uniform_values takes the limits themselves.",
      "The macro ${arg} in the sweep's command isn't known and is left out: did you mean ${args}?",
      "The macro ${zzz} in the sweep's command isn't known and is left out."
    ])
    assert.deepStrictEqual(SweepConfig.hints(parse(everything)), [])
  })

  it("names the parameter that repeats were probably meant to go over", () => {
    const hintsOf = (over: string) =>
      SweepConfig.hints(
        parse(`
method: grid
parameters: {lr: {values: [1, 2]}, fold: {values: [1, 2, 3]}}
repeats: {times: 3, over: ${over}}
`)
      )
    assert.deepStrictEqual(hintsOf("folds"), [
      'repeats.over: the sweep has no parameter folds, so runs get one more. Did you mean "fold"?'
    ])
    assert.deepStrictEqual([hintsOf("fold"), hintsOf("seed")], [[], []])
  })

  it("names what Optuna would heed of a sampler's settings, and a search here doesn't", () => {
    const hintsOf = (scheduler: string) => SweepConfig.hints(parse(base(`scheduler: ${scheduler}`)))
    const place = "scheduler.settings.sampler.args"
    const rows: ReadonlyArray<readonly [scheduler: string, ...hints: ReadonlyArray<string>]> = [
      ["{settings: {sampler: {type: TPESampler, args: {n_startup_trials: 5, n_ei_candidates: 9}}}}"],
      ["{settings: {sampler: {args: {n_startup_trials: 5}}, depth: 1}}"],
      [
        "{settings: {sampler: {type: tpe, args: {multivariate: true, seed: 3}}}}",
        `${place}.multivariate: it has no effect here, as it has in Optuna.`,
        `${place}.seed: it has no effect here; the option --seed sets the seed of a sweep.`
      ],
      [
        "{settings: {sampler: {type: GPSampler, args: {n_startup_trials: 5}}}}",
        `${place}.n_startup_trials: it has no effect here; only TPE heeds it.`
      ],
      [
        "{engine: ax, settings: {sampler: {args: {n_startup_trials: 5}}}}",
        `${place}.n_startup_trials: it has no effect here; only TPE heeds it.`
      ],
      [
        "{settings: {pruner: {type: MedianPruner}, samplr: {type: tpe}}}",
        "scheduler.settings.pruner: it has no effect here; write early_terminate beside method.",
        'scheduler.settings.samplr: it has no effect here. Did you mean "sampler"?'
      ],
      ["{job: team/sched/job:v1, settings: {pruner: {}, sampler: {type: tpe, args: {seed: 3}}}}"],
      ["{settings: {sampler: {type: NSGAIISampler, args: {seed: 3}}}}"]
    ]
    for (const [scheduler, ...hints] of rows) assert.deepStrictEqual(hintsOf(scheduler), hints, scheduler)
  })
})

// fixtures

const parse = (text: string) => Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text }))

function base(text: string): string {
  return `method: random\nparameters: {lr: {min: 0.0, max: 1.0}}\n${text}`
}

function dict(text: string): PythonValue.PythonDict {
  return Either.getOrThrow(PythonJson.parseDict(text))
}

function rule(partial: Partial<EarlyTerminate>): EarlyTerminate {
  return { type: "hyperband", minIter: undefined, maxIter: undefined, s: undefined, eta: 3, strict: true, ...partial }
}

const everything = `# a comment
apiVersion: v1
kind: sweep
method: bayes
name: mnist
description: all of it
program: train.py
job: team/vision/job-fit:v4
image_uri: reg.local/train:7
entity: team
project: vision
command:
  - \${env}
  - \${interpreter}
  - \${program}
  - --epochs
  - 3
  - --half
  - 0.5
  - yes
  - \${args}
metric: {name: val/loss, goal: maximize, target: 0.9, impute: best, impute_while_running: latest}
run_cap: 20
early_terminate: {type: hyperband, max_iter: 27, s: 2, eta: 3, strict: false}
repeats: {times: 3, over: seed, abandon: no}
parameters:
  lr:
    min: 1e-4
    max: 1
launch:
  queue: gpu
  priority: 1
  resource_args: {kubernetes: {cpu: 2.0}}
  more: ~
scheduler: {job: team/sched/job:v1, num_workers: 4, settings: {depth: 1}}
controller: {type: local}
`

/** Pieces of configs, right and wrong, and of YAML. */
function fragment() {
  return FastCheck.constantFrom(
    ..."method: grid\n|parameters:\n|  lr:|  x: | {min: 0, max: 1}\n|values: [1, 2]|metric: |{name: loss}|\n|: |- |[|]|{|}|, |&a |*a|<<: |!!int |'|\"|#|\t|  |1e-4|run_cap: 3\n|command: |${args}|? |---\n|é😀|\r\n|%|@".split(
      "|"
    )
  )
}

/** A valid config as JSON text with random parameters. */
function arbitraryDocument(): FastCheck.Arbitrary<string> {
  const finite = FastCheck.double({ noNaN: true, min: -1e6, max: 1e6 })
  const json = (value: PythonValue.PythonValue) => PythonJson.stringify(value)
  const scalar = FastCheck.oneof(
    FastCheck.string().map(json),
    FastCheck.integer().map((n) => String(n)),
    finite.map(json),
    FastCheck.constantFrom("true", "false", "null")
  )
  const range = FastCheck.tuple(FastCheck.integer(), FastCheck.integer({ min: 1, max: 1000 }))
  const leaf = FastCheck.oneof(
    scalar.map((value) => `{"value": ${value}}`),
    FastCheck.array(scalar, { minLength: 1, maxLength: 4 }).map((values) => `{"values": [${values.join(", ")}]}`),
    range.map(([min, width]) => `{"min": ${min}, "max": ${min + width}}`),
    range.map(([min, width]) => `{"min": ${json(min)}, "max": ${min + width}}`),
    range.map(
      ([min, width]) => `{"distribution": "q_uniform", "min": ${min}, "max": ${min + width}, "q": ${json(width / 7)}}`
    ),
    FastCheck.constantFrom('{"distribution": "normal"}', '{"distribution": "beta", "a": 2, "b": 0.5}')
  )
  const named = (inner: FastCheck.Arbitrary<string>) =>
    FastCheck.uniqueArray(FastCheck.tuple(FastCheck.stringMatching(/^[a-z_][a-z0-9_.-]{0,6}$/), inner), {
      minLength: 1,
      maxLength: 4,
      selector: ([name]) => name
    }).map((entries) => `{${entries.map(([name, text]) => `"${name}": ${text}`).join(", ")}}`)
  const nested = named(leaf).map((parameters) => `{"parameters": ${parameters}}`)
  return named(FastCheck.oneof({ weight: 4, arbitrary: leaf }, { weight: 1, arbitrary: nested })).map(
    (parameters) => `{"method": "random", "parameters": ${parameters}, "run_cap": 10}`
  )
}
