import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { SweepConfigError } from "../src/SweepConfigError.js"
import * as SweepConfig from "../src/SweepConfig.js"

/** Path, line, column and sentence. */
type Expected = readonly [path: string, line: number, column: number, problem: string]
type Table = ReadonlyArray<readonly [name: string, text: string, ...expected: ReadonlyArray<Expected>]>

const check = (table: Table, around: (text: string) => string) => {
  for (const [name, text, ...expected] of table) {
    it(name, () => {
      assert.deepStrictEqual(violations(around(text)), expected)
    })
  }
}

describe("what isn't YAML", () => {
  const table: Table = [
    ["an empty file", "", ["", 1, 1, "The file is empty: write at least method and parameters."]],
    ["a file of comments", "# soon\n", ["", 1, 1, "The file is empty: write at least method and parameters."]],
    ["a null document", "\n~", ["", 2, 1, "The file is empty: write at least method and parameters."]],
    [
      "a list",
      "# runs\n- lr",
      ["", 2, 1, "A sweep config is a mapping with keys such as method and parameters, not a list."]
    ],
    [
      "a text",
      "sweep",
      ["", 1, 1, 'A sweep config is a mapping with keys such as method and parameters, not the text "sweep".']
    ],
    [
      "a macro in a flow list",
      "command: [${env}, python]",
      ["", 1, 12, 'Inside [ … ] a macro needs quotes: write "${args}", or put each word on its own line after a dash.']
    ],
    [
      "a reserved character",
      "name: @me\nproject: `x`",
      ["", 1, 7, "A value can't begin with @: put it in quotes."],
      ["", 2, 10, "A value can't begin with `: put it in quotes."]
    ],
    [
      "an unknown escape",
      'name: "\\q"',
      ["", 1, 8, "Invalid escape sequence \\q: double the backslash, or use single quotes."]
    ],
    [
      "two documents",
      "method: grid\n---\nname: x",
      ["", 2, 1, 'A sweep config is one document: remove the "---" and what follows it.']
    ],
    ["a hostile nesting", "[".repeat(5000), ["", 1, 1, "The file nests values more than 100 deep: flatten it."]]
  ]
  check(table, (text) => text)
})

describe("what YAML leaves open", () => {
  const table: Table = [
    [
      "a key twice, at the top",
      "name: a\nname: b",
      ["name", 5, 1, '"name" is here a second time (first on line 4): keep one of the two.']
    ],
    [
      "a key twice, deep inside",
      'launch: {queue: q, resource_args: {a: 1, "a": 2}}',
      ["launch.resource_args.a", 4, 42, '"a" is here a second time (first on line 4): keep one of the two.']
    ],
    [
      "an alias without an anchor",
      "name: *project",
      ["name", 4, 7, "There is no anchor &project above *project: define it, or put the value in quotes if it is text."]
    ],
    [
      "an alias inside its own value",
      "launch: &a {b: *a}",
      ["launch.b", 4, 16, "*a stands inside its own value: it would never end."]
    ],
    [
      "aliases that multiply",
      `launch:\n  a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, i) => `  a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join("")}`,
      ["launch.a18", 23, 13, "Its aliases expand to more than a config can hold: write less."]
    ],
    [
      "an unknown tag",
      "name: !secret x",
      ["name", 4, 15, "The tag !secret means nothing in a sweep config: remove it."]
    ],
    [
      "an unknown tag on a mapping",
      "launch: !!omap {a: 1}",
      ["launch", 4, 16, "The tag !!omap means nothing in a sweep config: remove it."]
    ],
    [
      "a tag that isn't true",
      "run_cap: !!int many",
      ["run_cap", 4, 16, `"many" isn't what its tag !!int says: remove the tag.`]
    ],
    ["a key that is a list", "? [a]\n: b", ["", 4, 3, "A key must be a name, not a list or a mapping."]],
    [
      "a merge of no mapping",
      "launch: {<<: 3}",
      ["launch.<<", 4, 10, '"<<" merges mappings: give it an alias of a mapping, such as *base.']
    ]
  ]
  check(table, withBase)
})

describe("top-level keys", () => {
  const table: Table = [
    [
      "an unknown key",
      "metrik: {name: loss}",
      ["metrik", 4, 1, '"metrik" is no key of a sweep config. Did you mean "metric"?']
    ],
    [
      "a key in another case",
      "runCap: 3",
      ["runCap", 4, 1, '"runCap" is no key of a sweep config. Did you mean "run_cap"?']
    ],
    [
      "a key of another tool",
      "max_runs: 3",
      ["max_runs", 4, 1, '"max_runs" is no key of a sweep config. Did you mean "run_cap"?']
    ],
    [
      "a key like nothing",
      "zzz: 3",
      [
        "zzz",
        4,
        1,
        '"zzz" is no key of a sweep config. It has method, parameters, metric, metrics, early_terminate, run_cap, repeats, program, command, name, description, entity, project, job, image_uri, launch, scheduler, controller, kind, apiVersion, settings.'
      ]
    ],
    [
      "a parameter that isn't under parameters",
      "wd: {min: 0.0, max: 0.1}",
      ["wd", 4, 1, '"wd" is no key of a sweep config. If it is a parameter, it goes under parameters: parameters.wd.']
    ],
    ["a number for a text", "name: 2024", ["name", 4, 7, 'name must be text: put quotes around it, name: "2024".']],
    ["a list for a text", "program: [train.py]", ["program", 4, 10, "program must be text, not a list."]],
    ["another kind", "kind: launch", ["kind", 4, 7, 'kind must be sweep, not the text "launch".']],
    [
      "a metric that is a text",
      "metric: loss",
      ["metric", 4, 9, 'metric must be a mapping, not the text "loss": write metric: {name: loss, goal: minimize}.']
    ],
    [
      "an empty metric",
      "metric:",
      [
        "metric",
        4,
        1,
        "metric must be a mapping, not an empty value: indent what belongs to it, or write metric: {name: loss, goal: minimize}."
      ]
    ],
    [
      "no cap",
      "run_cap: 0",
      ["run_cap", 4, 10, "run_cap must be a whole number from 1 on, not 0: leave it out for no cap."]
    ],
    [
      "half a run",
      "run_cap: 5.5",
      ["run_cap", 4, 10, "run_cap must be a whole number from 1 on, not 5.5: leave it out for no cap."]
    ],
    ["a boolean cap", "run_cap: yes", ["run_cap", 4, 10, "run_cap must be a number, not yes."]],
    ["a cap in words", "run_cap: ten", ["run_cap", 4, 10, 'run_cap must be a number, not the text "ten".']],
    [
      "a command line",
      "command: python train.py",
      ["command", 4, 10, 'command must be a list, not the text "python train.py": write command: [python, train.py].']
    ],
    [
      "no command",
      "command:",
      [
        "command",
        4,
        1,
        'command must be a list, not an empty value: write command: ["${env}", python, "${program}", "${args}"].'
      ]
    ],
    [
      "a word that isn't text",
      "command: [python, {a: 1}, ~]",
      ["command[1]", 4, 19, "A word of the command must be text, not a mapping: put it in quotes."],
      ["command[2]", 4, 27, "A word of the command must be text, not an empty value: put it in quotes."]
    ],
    [
      "the macro for an object",
      "command:\n  - python\n  - ${args_dict}",
      ["command[1]", 6, 5, '"${args_dict}" is an object and no words: write "${args}" or "${args_json}" instead.']
    ],
    [
      "a controller without a type",
      "controller: {}",
      ["controller", 4, 1, "controller needs a type: add type: local."]
    ],
    [
      "an unknown controller",
      "controller: {type: remote}",
      ["controller.type", 4, 20, 'type must be local or cloud, not the text "remote".']
    ],
    [
      "an unknown key of the controller",
      "controller: {type: local, tpye: x}",
      ["controller.tpye", 4, 27, '"tpye" is no key of controller. Did you mean "type"?']
    ]
  ]
  check(table, withBase)

  it("both sections that a config must have", () => {
    assert.deepStrictEqual(violations("name: x"), [
      ["", 1, 1, "A sweep config needs a method: add method: grid, random, bayes or custom."],
      ["", 1, 1, "A sweep config needs parameters: add parameters: {lr: {min: 0.001, max: 0.1}}."]
    ])
  })

  it("a mistyped section is not also missed", () => {
    assert.deepStrictEqual(violations("metod: grid\nparams: {}"), [
      ["metod", 1, 1, '"metod" is no key of a sweep config. Did you mean "method"?'],
      ["params", 2, 1, '"params" is no key of a sweep config. Did you mean "parameters"?']
    ])
  })

  it.each<[string, string]>([
    ["bayesian", ' Did you mean "bayes"?'],
    ["Grid", ' Did you mean "grid"?'],
    ["grid_search", ' Did you mean "grid"?'],
    ["tpe", ' Did you mean "bayes"?'],
    ["zzz", ""]
  ])("a method %s", (method, near) => {
    assert.deepStrictEqual(violations(`method: ${method}\nparameters: {a: {value: 1}}`), [
      ["method", 1, 9, `method must be grid, random, bayes or custom, not the text "${method}".${near}`]
    ])
  })
})

describe("metrics", () => {
  const table: Table = [
    [
      "a metric without a name",
      "metric: {goal: minimize}",
      ["metric", 4, 1, "A metric needs the name under which the runs report it: add name: loss."]
    ],
    [
      "a name that is no text",
      "metric: {name: 1}",
      ["metric.name", 4, 16, 'name must be text: put quotes around it, name: "1".']
    ],
    [
      "a mistyped name",
      "metric: {nmae: loss}",
      ["metric.nmae", 4, 10, '"nmae" is no key of a metric. Did you mean "name"?']
    ],
    [
      "an unknown goal",
      "metric: {name: loss, goal: min}",
      ["metric.goal", 4, 28, 'goal must be minimize or maximize, not the text "min". Did you mean "minimize"?']
    ],
    [
      "the key of another tool",
      "metric: {name: loss, direction: minimize}",
      ["metric.direction", 4, 22, '"direction" is no key of a metric. Did you mean "goal"?']
    ],
    [
      "a target in words",
      "metric: {name: loss, target: low}",
      ["metric.target", 4, 30, 'target must be a number, not the text "low".']
    ],
    [
      "an endless target",
      "metric: {name: loss, target: .inf}",
      ["metric.target", 4, 30, "target must be a finite number, not .inf."]
    ],
    [
      "an unknown impute",
      "metric: {name: loss, impute: wrost}",
      ["metric.impute", 4, 30, 'impute must be worst, best or latest, not the text "wrost". Did you mean "worst"?']
    ],
    [
      "an unknown impute_while_running",
      "metric: {name: loss, impute_while_running: yes}",
      ["metric.impute_while_running", 4, 44, "impute_while_running must be worst, best, latest or false, not yes."]
    ]
  ]
  check(table, withBase)

  const custom: Table = [
    [
      "one of many",
      "metrics: [{name: a}]",
      ["metrics", 3, 1, "metrics needs two metrics or more: for one, write metric instead."]
    ],
    [
      "metrics that are none",
      "metrics: {name: a}",
      [
        "metrics",
        3,
        10,
        "metrics must be a list, not a mapping: write metrics: [{name: loss, goal: minimize}, {name: accuracy, goal: maximize}]."
      ]
    ],
    [
      "a metric that is a text",
      "metrics: [loss, {name: b}]",
      ["metrics[0]", 3, 11, 'A metric must be a mapping, not the text "loss": write {name: loss, goal: minimize}.']
    ],
    [
      "a fault inside one",
      "metrics: [{name: a}, {name: b, goal: up}]",
      ["metrics[1].goal", 3, 38, 'goal must be minimize or maximize, not the text "up".']
    ],
    [
      "the same twice",
      "metrics: [{name: a}, {name: a}]",
      ["metrics[1]", 3, 22, 'The metric "a" is listed twice: keep one of the two.']
    ],
    [
      "early_terminate with several metrics",
      "metrics: [{name: a}, {name: b}]\nearly_terminate: {type: asha}",
      ["early_terminate", 4, 1, "early_terminate judges runs by one metric, and the config has several: leave it out."]
    ],
    [
      "metric and metrics",
      "metric: {name: a}\nmetrics: [{name: a}, {name: b}]",
      ["metrics", 4, 1, "metric and metrics exclude each other: keep one of the two."]
    ]
  ]
  check(custom, (text) => `method: custom\nparameters: {lr: {value: 1}}\n${text}`)

  it("bayes without a metric", () => {
    assert.deepStrictEqual(violations("method: bayes\nparameters: {a: {values: [1, 2]}}"), [
      ["method", 1, 1, "bayes needs to know what to optimise: add metric: {name: loss, goal: minimize}."]
    ])
  })

  it("bayes with nothing to search", () => {
    const text = "method: bayes\nmetric: {name: loss}\nparameters: {a: {value: 1}, b: {parameters: {c: {value: 2}}}}"
    assert.deepStrictEqual(violations(text), [
      [
        "parameters",
        3,
        1,
        "Every parameter is constant, so that bayes has nothing to search: write values, or min and max."
      ]
    ])
  })
})

describe("early_terminate", () => {
  const table: Table = [
    ["no type", "{min_iter: 3}", ["early_terminate", 5, 1, "early_terminate needs a type: add type: hyperband."]],
    [
      "an unknown type",
      "{type: hyperbnd, min_iter: 3}",
      [
        "early_terminate.type",
        5,
        25,
        'type must be hyperband, asha or median, not the text "hyperbnd". Did you mean "hyperband"?'
      ]
    ],
    [
      "no bands",
      "{type: hyperband}",
      ["early_terminate", 5, 1, "hyperband needs min_iter, or max_iter with s: add min_iter: 3."]
    ],
    [
      "max_iter without s",
      "{type: hyperband, max_iter: 27}",
      ["early_terminate.max_iter", 5, 36, "max_iter counts only together with s: add s: 2, or write min_iter alone."]
    ],
    [
      "s without max_iter",
      "{type: hyperband, s: 2}",
      ["early_terminate.s", 5, 36, "s counts only together with max_iter: add max_iter: 27, or write min_iter alone."]
    ],
    [
      "bands below the first iteration",
      "{type: hyperband, max_iter: 2, s: 1}",
      [
        "early_terminate.max_iter",
        5,
        36,
        "max_iter must be at least eta, 3, or no run is ever judged: make it greater."
      ]
    ],
    [
      "s alone, of asha",
      "{type: asha, s: 2}",
      ["early_terminate.s", 5, 31, "s counts only together with max_iter: add max_iter: 27, or write min_iter alone."]
    ],
    [
      "no rung below max_iter",
      "{type: median, min_iter: 5, max_iter: 5}",
      [
        "early_terminate.max_iter",
        5,
        46,
        "max_iter must be above min_iter, 5, or no run is ever judged: make it greater."
      ]
    ],
    [
      "no rung below max_iter and the first step",
      "{type: asha, max_iter: 1}",
      [
        "early_terminate.max_iter",
        5,
        31,
        "max_iter must be above min_iter, 1, or no run is ever judged: make it greater."
      ]
    ],
    [
      "bands below the first step, of asha",
      "{type: asha, max_iter: 2, s: 1}",
      [
        "early_terminate.max_iter",
        5,
        31,
        "max_iter must be at least eta, 3, or no run is ever judged: make it greater."
      ]
    ],
    [
      "a min_iter of 0",
      "{type: asha, min_iter: 0}",
      ["early_terminate.min_iter", 5, 41, "min_iter must be a whole number from 1 on, not 0."]
    ],
    [
      "a broken max_iter",
      "{type: asha, max_iter: 2.5}",
      ["early_terminate.max_iter", 5, 41, "max_iter must be a whole number from 1 on, not 2.5."]
    ],
    ["an eta of 1", "{type: median, eta: 1}", ["early_terminate.eta", 5, 38, "eta must be greater than 1, not 1."]],
    [
      "strict in words",
      '{type: median, strict: "yes"}',
      ["early_terminate.strict", 5, 41, 'strict must be true or false, not the text "yes".']
    ],
    [
      "an unknown key",
      "{type: median, maxIter: 3}",
      ["early_terminate.maxIter", 5, 33, '"maxIter" is no key of early_terminate. Did you mean "max_iter"?']
    ],
    [
      "a text",
      "hyperband",
      [
        "early_terminate",
        5,
        18,
        'early_terminate must be a mapping, not the text "hyperband": write early_terminate: {type: hyperband, min_iter: 3}.'
      ]
    ]
  ]
  check(table, (text) => withBase(`metric: {name: loss}\nearly_terminate: ${text}`))

  it("nothing to judge by", () => {
    assert.deepStrictEqual(violations(withBase("early_terminate: {type: median}")), [
      [
        "early_terminate",
        4,
        1,
        "early_terminate needs to know what to judge runs by: add metric: {name: loss, goal: minimize}."
      ]
    ])
  })
})

describe("launch and scheduler", () => {
  const table: Table = [
    [
      "launch as a text",
      "launch: gpu",
      ["launch", 4, 9, 'launch must be a mapping, not the text "gpu": write launch: {queue: default}.']
    ],
    [
      "a queue that is no text",
      "launch: {queue: 1}",
      ["launch.queue", 4, 17, 'queue must be text: put quotes around it, queue: "1".']
    ],
    [
      "a priority in words",
      "launch: {priority: high}",
      ["launch.priority", 4, 20, 'priority must be a number, not the text "high".']
    ],
    [
      "resource_args as a list",
      "launch: {resource_args: []}",
      [
        "launch.resource_args",
        4,
        25,
        "resource_args must be a mapping, not a list: write resource_args: {kubernetes: { … }}."
      ]
    ],
    [
      "a registry without structure",
      "launch: {registry: x}",
      ["launch.registry", 4, 20, 'registry must be a mapping, not the text "x": write registry: {url: …}.']
    ],
    [
      "an unknown engine",
      "scheduler: {engine: optnua}",
      ["scheduler.engine", 4, 21, 'engine must be wandb, optuna or ax, not the text "optnua". Did you mean "optuna"?']
    ],
    [
      "an unknown key",
      "scheduler: {workers: 3}",
      ["scheduler.workers", 4, 13, '"workers" is no key of scheduler. Did you mean "num_workers"?']
    ],
    [
      "an optimizer from nowhere",
      "scheduler: {engine: optuna, optimizer: study}",
      ["scheduler.optimizer", 4, 29, "optimizer names something in a source file: add source: file.py."]
    ],
    [
      "early_terminate beside an engine",
      "scheduler: {engine: optuna}\nmetric: {name: a}\nearly_terminate: {type: median}",
      ["early_terminate", 6, 1, "early_terminate and a scheduler with an engine exclude each other: remove one."]
    ],
    [
      "a local controller beside an engine",
      "scheduler: {engine: wandb}\ncontroller: {type: local}",
      ["scheduler", 4, 1, "A scheduler with an engine and a local controller exclude each other: remove one."]
    ],
    [
      "no workers",
      "scheduler: {num_workers: 0}",
      ["scheduler.num_workers", 4, 26, "num_workers must be a whole number from 1 on, not 0."]
    ]
  ]
  check(table, withBase)

  const sampled: Table = [
    [
      "a sampler as a text",
      "sampler: tpe",
      [
        "scheduler.settings.sampler",
        4,
        33,
        'sampler must be a mapping, not the text "tpe": write sampler: {type: tpe}.'
      ]
    ],
    [
      "an unknown key of a sampler",
      "sampler: {name: tpe}",
      ["scheduler.settings.sampler.name", 4, 34, '"name" is no key of a sampler. Did you mean "type"?']
    ],
    [
      "a sampler's args as a list",
      "sampler: {type: tpe, args: [20]}",
      [
        "scheduler.settings.sampler.args",
        4,
        51,
        "args must be a mapping, not a list: write args: {n_startup_trials: 20}."
      ]
    ],
    [
      "a misspelt arg with a bad value",
      'sampler: {type: TPESampler, args: {n_startup: "ten"}}',
      [
        "scheduler.settings.sampler.args.n_startup",
        4,
        59,
        '"n_startup" is no key of the args of TPESampler. Did you mean "n_startup_trials"?'
      ]
    ],
    [
      "an arg of another sampler",
      "sampler: {type: QMCSampler, args: {popsize: 8}}",
      [
        "scheduler.settings.sampler.args.popsize",
        4,
        59,
        '"popsize" is no key of the args of QMCSampler. It has qmc_type, scramble, independent_sampler, warn_asynchronous_seeding, warn_independent_sampling, seed.'
      ]
    ],
    [
      "an unknown arg of whichever sampler",
      "sampler: {args: {candidates: 8}}",
      [
        "scheduler.settings.sampler.args.candidates",
        4,
        41,
        '"candidates" is no key of the args of a sampler. Did you mean "n_ei_candidates"?'
      ]
    ],
    [
      "bad values of args",
      'sampler: {type: tpe, args: {n_startup_trials: "ten", n_ei_candidates: 0}}',
      [
        "scheduler.settings.sampler.args.n_startup_trials",
        4,
        70,
        'n_startup_trials must be a number, not the text "ten".'
      ],
      [
        "scheduler.settings.sampler.args.n_ei_candidates",
        4,
        94,
        "n_ei_candidates must be a whole number from 1 on, not 0."
      ]
    ],
    [
      "numbers that no arg may be",
      "sampler: {args: {n_startup_trials: -1, n_ei_candidates: 2000000}}",
      [
        "scheduler.settings.sampler.args.n_startup_trials",
        4,
        59,
        "n_startup_trials must be a whole number from 0 on, not -1."
      ],
      [
        "scheduler.settings.sampler.args.n_ei_candidates",
        4,
        80,
        "n_ei_candidates must be at most 1000000, not 2000000."
      ]
    ],
    [
      "what Optuna's samplers take",
      "sampler: {type: TPESampler, args: {n_startup_trials: 0, multivariate: true, gamma: x, seed: 1, n_ei_candidates: 48}}"
    ],
    ["the args of a sampler that isn't ours", "sampler: {type: NSGAIISampler, args: {population_size: many}}"],
    ["empty args", "sampler: {type: tpe, args: }"],
    ["an empty sampler", "sampler: "],
    ["settings of somebody else's", "depth: 1, sampler_of_mine: tpe"]
  ]
  const searched = (text: string) => withBase(text).replace("method: random", "method: custom")
  check(sampled, (text) => searched(`scheduler: {settings: {${text}}}`))

  it("no sampler where the method has none", () => {
    const scheduler = "scheduler: {settings: {sampler: {type: tpe, args: {n_startup: ten}}}}"
    assert.deepStrictEqual(violations(withBase(scheduler)), [])
    assert.deepStrictEqual(
      violations(withBase(scheduler).replace("{min: 0.0, max: 1.0}", "{values: [1]}").replace("random", "grid")),
      []
    )
  })

  it("no settings of a scheduler job, whose own they are", () => {
    const settings = "{sampler: {type: tpe, args: {n_startup: ten}}}"
    assert.deepStrictEqual(violations(searched(`scheduler: {job: team/sched/job:v1, settings: ${settings}}`)), [])
  })

  it("the engine wandb with a custom method", () => {
    assert.deepStrictEqual(violations("method: custom\nparameters: {a: {value: 1}}\nscheduler: {engine: wandb}"), [
      ["scheduler", 3, 1, "The engine wandb can't run method custom: choose grid, random or bayes."]
    ])
  })
})

describe("parameters", () => {
  const table: Table = [
    ["a bare value", "0.1", ["parameters.x", 3, 6, "x needs a definition, not 0.1: write x: {value: 0.1}."]],
    ["a bare list", "[1, 2]", ["parameters.x", 3, 6, "x needs a definition, not a list: write x: {values: [ … ]}."]],
    [
      "nothing",
      "",
      [
        "parameters.x",
        3,
        3,
        "x needs a definition, not an empty value: indent what belongs to it, or write x: {min: 0.0, max: 1.0}."
      ]
    ],
    [
      "an empty definition",
      "{}",
      ["parameters.x", 3, 3, "This parameter says nothing: write value, values, or min and max."]
    ],
    [
      "parameters without their key",
      "{lr: {value: 1}, beta: {value: 2}}",
      [
        "parameters.x",
        3,
        3,
        "Parameters inside a parameter go under their own key: write parameters: above them, and indent them."
      ]
    ],
    [
      "an unknown key",
      "{choices: [1]}",
      ["parameters.x.choices", 3, 7, '"choices" is no key of a parameter. Did you mean "values"?']
    ],
    [
      "a mistyped bound, not also missed",
      "{min: 0, mx: 1}",
      ["parameters.x.mx", 3, 15, '"mx" is no key of a parameter. Did you mean "max"?']
    ],
    ["no values", "{values: []}", ["parameters.x.values", 3, 7, "values is empty: list at least one value."]],
    [
      "values that are one",
      "{values: 3}",
      ["parameters.x.values", 3, 15, "values must be a list, not 3: write values: [first, second]."]
    ],
    [
      "value and values",
      "{value: 1, values: [1, 2]}",
      ["parameters.x.values", 3, 17, '"values" doesn\'t go together with "value": remove one of the two.']
    ],
    ["one bound", "{min: 1}", ["parameters.x", 3, 3, "uniform also needs max."]],
    ["no bounds", "{distribution: uniform}", ["parameters.x", 3, 3, "uniform also needs min and max."]],
    [
      "a bound in quotes",
      '{min: "1", max: 2}',
      ["parameters.x.min", 3, 12, 'min must be a number, not the text "1": leave the quotes out.']
    ],
    ["a boolean bound", "{min: true, max: 2.0}", ["parameters.x.min", 3, 12, "min must be a number, not true."]],
    ["an endless bound", "{min: 0, max: .inf}", ["parameters.x.max", 3, 20, "max must be a finite number, not .inf."]],
    [
      "bounds the wrong way round",
      "{min: 2, max: 1}",
      ["parameters.x.min", 3, 7, "min must be less than max, but 2 isn't less than 1: exchange the two."]
    ],
    [
      "bounds that are equal",
      "{min: 1.5, max: 1.5}",
      [
        "parameters.x.min",
        3,
        7,
        "min must be less than max, but 1.5 isn't less than 1.5: for this one value write value: 1.5."
      ]
    ],
    [
      "a step without a name",
      "{min: 0, max: 1, q: 0.1}",
      ["parameters.x", 3, 3, "A parameter with min, max, q must name its distribution: add distribution: q_uniform."]
    ],
    [
      "a mean without a name",
      "{mu: 0}",
      ["parameters.x", 3, 3, "A parameter with mu must name its distribution: add distribution: normal."]
    ],
    [
      "a shape without a name",
      "{a: 1, b: 2}",
      ["parameters.x", 3, 3, "A parameter with a, b must name its distribution: add distribution: beta."]
    ],
    [
      "probabilities of nothing",
      "{probabilities: [1]}",
      ["parameters.x", 3, 3, "probabilities also needs values: write values: [ … ] with as many."]
    ],
    [
      "probabilities of other values",
      "{values: [a, b], probabilities: [1]}",
      ["parameters.x.probabilities", 3, 23, "There must be as many probabilities as values, not 1 for 2."]
    ],
    [
      "probabilities of too much",
      "{values: [a, b], probabilities: [0.5, 0.6]}",
      ["parameters.x.probabilities", 3, 23, "The probabilities add up to 1.1: make it 1."]
    ],
    [
      "a probability below 0, and one that is none",
      "{values: [a, b], probabilities: [-0.5, high]}",
      ["parameters.x.probabilities[0]", 3, 39, "A probability must be a number from 0 on."],
      ["parameters.x.probabilities[1]", 3, 45, "A probability must be a number from 0 on."]
    ],
    [
      "an unknown distribution",
      "{distribution: unifrom, min: 0, max: 1}",
      ["parameters.x.distribution", 3, 21, 'distribution can\'t be the text "unifrom". Did you mean "uniform"?']
    ],
    [
      "a distribution of another tool",
      "{distribution: loguniform, min: 1e-4, max: 1e-1}",
      [
        "parameters.x.distribution",
        3,
        21,
        'distribution can\'t be the text "loguniform". Did you mean "log_uniform_values"?'
      ]
    ],
    [
      "a distribution like nothing",
      "{distribution: 3}",
      [
        "parameters.x.distribution",
        3,
        21,
        "distribution can't be 3. Choose one of constant, categorical, categorical_w_probabilities, int_uniform, uniform, q_uniform, log_uniform, inv_log_uniform, q_log_uniform, log_uniform_values, inv_log_uniform_values, q_log_uniform_values, normal, log_normal, q_normal, q_log_normal, beta, q_beta."
      ]
    ],
    [
      "a key of another distribution",
      "{distribution: normal, mu: 1, min: 0}",
      [
        "parameters.x.min",
        3,
        36,
        '"min" doesn\'t belong to normal, which takes mu, sigma: remove it, or choose another distribution.'
      ]
    ],
    [
      "probabilities of a plain choice",
      "{distribution: categorical, values: [1], probabilities: [1]}",
      [
        "parameters.x.probabilities",
        3,
        47,
        '"probabilities" doesn\'t belong to categorical, which takes values: remove it, or choose another distribution.'
      ]
    ],
    [
      "float bounds of an int",
      "{distribution: int_uniform, min: 1.0, max: 2.5}",
      ["parameters.x.min", 3, 39, "min of int_uniform must be written as a whole number, not 1.0: write 1."],
      [
        "parameters.x.max",
        3,
        49,
        "max of int_uniform must be written as a whole number, not 2.5: or choose distribution: uniform."
      ]
    ],
    [
      "an int beyond exactness",
      "{min: 0, max: 9007199254740993}",
      ["parameters.x.max", 3, 20, "max of int_uniform must lie between -(2^53 - 1) and 2^53 - 1, not 9007199254740993."]
    ],
    [
      "a logarithm of 0",
      "{distribution: log_uniform_values, min: 0, max: 1}",
      ["parameters.x.min", 3, 46, "min must be greater than 0, not 0, as it is the limit itself and has a logarithm."]
    ],
    [
      "an exponent that overflows",
      "{distribution: log_uniform, min: 1, max: 1000}",
      [
        "parameters.x.max",
        3,
        42,
        "max is an exponent of e, and 1000 overflows: for the limits themselves choose log_uniform_values."
      ]
    ],
    [
      "an inverse exponent that overflows",
      "{distribution: inv_log_uniform, min: -1000, max: 1}",
      [
        "parameters.x.min",
        3,
        38,
        "min is an exponent of e, and -1000 overflows: for the limits themselves choose inv_log_uniform_values."
      ]
    ],
    [
      "a step of 0",
      "{distribution: q_uniform, min: 0, max: 1, q: 0}",
      ["parameters.x.q", 3, 51, "q must be greater than 0, not 0."]
    ],
    [
      "steps that no float tells apart, so that a grid of them would never end",
      "{distribution: q_uniform, min: 1e16, max: 10000000000000010, q: 0.5}",
      ["parameters.x.q", 3, 67, "q is too small to tell values of this size apart: write at least 1e1."]
    ],
    [
      "steps that no float tells apart, of the other ranges",
      "{parameters: {y: {distribution: q_log_uniform, min: 0, max: 9, q: 1e-300}, z: {distribution: q_log_uniform_values, min: 1, max: 2, q: 1e-300}}}",
      ["parameters.x.parameters.y.q", 3, 69, "q is too small to tell values of this size apart: write at least 1e-11."],
      ["parameters.x.parameters.z.q", 3, 137, "q is too small to tell values of this size apart: write at least 1e-14."]
    ],
    [
      "more ints than floats tell apart",
      "{min: -9007199254740991, max: 9007199254740991}",
      ["parameters.x.min", 3, 7, "int_uniform takes a range of fewer than 2^53 values: raise min, or lower max."]
    ],
    [
      "a beta beyond all numbers",
      "{distribution: beta, a: 1e300, b: 1e-300}",
      ["parameters.x.a", 3, 27, "a must lie between 1e-100 and 1e100, not 1e300."],
      ["parameters.x.b", 3, 37, "b must lie between 1e-100 and 1e100, not 1e-300."]
    ],
    [
      "no deviation",
      "{distribution: normal, sigma: 0}",
      ["parameters.x.sigma", 3, 36, "sigma must be greater than 0, not 0; for one fixed value write value."]
    ],
    [
      "a degenerate beta",
      "{distribution: beta, a: 0, b: -1}",
      ["parameters.x.a", 3, 30, "a must be greater than 0, not 0."],
      ["parameters.x.b", 3, 36, "b must be greater than 0, not -1."]
    ],
    [
      "nested and a value",
      "{parameters: {y: {value: 1}}, value: 1}",
      ["parameters.x.value", 3, 36, '"value" doesn\'t go together with nested parameters: remove one of the two.']
    ],
    [
      "nested nothing",
      "{parameters: {}}",
      ["parameters.x.parameters", 3, 7, "parameters is empty: define at least one."]
    ],
    [
      "a nested list",
      "{parameters: [y]}",
      [
        "parameters.x.parameters",
        3,
        19,
        "parameters must be a mapping, not a list: write parameters: {name: {values: [ … ]}}."
      ]
    ],
    [
      "faults inside nested parameters",
      "{parameters: {y: {min: 2, max: 1}, 9z: {value: 1}}}",
      ["parameters.x.parameters.y.min", 3, 24, "min must be less than max, but 2 isn't less than 1: exchange the two."],
      [
        "parameters.x.parameters.9z",
        3,
        41,
        '"9z" is no name for a parameter: begin with an ASCII letter or _, and go on with such letters, digits, _, . or -.'
      ]
    ]
  ]
  check(table, (text) => `method: random\nparameters:\n  x: ${text}`)

  it.each(["a/b", "a b", "1a", "-a", "é", ""])("the name %j", (name) => {
    assert.deepStrictEqual(violations(`method: random\nparameters:\n  "${name}": {value: 1}`), [
      [
        `parameters.${name}`,
        3,
        3,
        `"${name}" is no name for a parameter: begin with an ASCII letter or _, and go on with such letters, digits, _, . or -.`
      ]
    ])
  })

  it("none at all, or a list of them", () => {
    assert.deepStrictEqual(violations("method: random\nparameters: {}"), [
      ["parameters", 2, 1, "parameters is empty: define at least one."]
    ])
    assert.deepStrictEqual(violations("method: random\nparameters:\n  - name: lr"), [
      ["parameters", 3, 3, "parameters must be a mapping, not a list: write parameters: {lr: {min: 0.001, max: 0.1}}."]
    ])
  })

  it.each(["min: 0.0, max: 1.0", "distribution: normal", "values: [1], probabilities: [1]"])(
    "a grid of {%s}",
    (range) => {
      const name = range.startsWith("min")
        ? "uniform"
        : range.startsWith("values")
          ? "categorical_w_probabilities"
          : "normal"
      assert.deepStrictEqual(violations(`method: grid\nparameters:\n  x: {parameters: {y: {${range}}}}`), [
        [
          "parameters.x.parameters.y",
          3,
          20,
          `A grid can't list the values of ${name}: write values, int_uniform or q_uniform, or choose method random.`
        ]
      ])
    }
  )
})

describe("SweepConfigError", () => {
  const text = "parameters:\r\n  lr: {max: 1, min: 2}\r\n  x:\r\nmetod: grid\r\n"

  it("holds every violation in the order of the source, whatever the line ends", () => {
    assert.deepStrictEqual(
      violations(text).map(([path, line, column]) => [path, line, column]),
      [["parameters.lr.min", 2, 16], ["parameters.x", 3, 3], ["metod", 4, 1]] // prettier-ignore
    )
  })

  it("prints one line for each, as compilers do", () => {
    const error = Either.getOrThrow(Either.flip(SweepConfig.parse({ file: "sweep.yaml", text })))
    assert.instanceOf(error, SweepConfigError)
    assert.strictEqual(
      error.message,
      [
        "sweep.yaml:2:16: parameters.lr.min: min must be less than max, but 2 isn't less than 1: exchange the two.",
        "sweep.yaml:3:3: parameters.x: x needs a definition, not an empty value: indent what belongs to it, or write x: {min: 0.0, max: 1.0}.",
        'sweep.yaml:4:1: metod: "metod" is no key of a sweep config. Did you mean "method"?'
      ].join("\n")
    )
  })

  it("counts columns from 1 behind a byte order mark", () => {
    assert.deepStrictEqual(violations("\ufeffmetod: grid\nparameters: {a: {value: 1}}")[0]?.slice(0, 3), [
      "metod",
      1,
      1
    ])
  })

  it("speaks of JSON as of YAML", () => {
    assert.deepStrictEqual(violations('{\n\t"method": "random",\n\t"parameters": {"x": {"min": 1}}\n}'), [
      ["parameters.x", 3, 17, "uniform also needs max."]
    ])
  })
})

// fixtures

function withBase(text: string): string {
  return `method: random\nparameters:\n  lr: {min: 0.0, max: 1.0}\n${text}`
}

const violations = (text: string): ReadonlyArray<Expected> =>
  Either.match(SweepConfig.parse({ file: "sweep.yaml", text }), {
    onLeft: (error) =>
      error.violations.map(({ column, line, path, problem }): Expected => [path, line, column, problem]),
    onRight: () => []
  })
