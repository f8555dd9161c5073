import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as AgentCommandLine from "../src/AgentCommandLine.js"
import type { PythonValue } from "../src/PythonValue.js"

describe("AgentCommandLine", () => {
  it.each<[string, Partial<Given>, ReadonlyArray<string>]>([
    ["W&B's default command", {}, ["/usr/bin/env", "python", "train.py", "--lr=0.1", "--amp=True"]],
    ["an empty command is none", { command: [] }, ["/usr/bin/env", "python", "train.py", "--lr=0.1", "--amp=True"]],
    ["Windows has no env", { windows: true }, ["python", "train.py", "--lr=0.1", "--amp=True"]],
    [
      "another interpreter",
      { interpreter: "python3" },
      ["/usr/bin/env", "python3", "train.py", "--lr=0.1", "--amp=True"]
    ],
    [
      "JavaScript runs under node",
      { program: "train.mjs" },
      ["/usr/bin/env", "node", "train.mjs", "--lr=0.1", "--amp=True"]
    ],
    [
      "also as CommonJS",
      { program: "src/train.cjs" },
      ["/usr/bin/env", "node", "src/train.cjs", "--lr=0.1", "--amp=True"]
    ],
    [
      "also if it is executable",
      { program: "train.js", programIsExecutable: true },
      ["/usr/bin/env", "node", "train.js", "--lr=0.1", "--amp=True"]
    ],
    [
      "an executable runs itself",
      { program: "bin/train", programIsExecutable: true },
      ["bin/train", "--lr=0.1", "--amp=True"]
    ],
    [
      "an executable in this folder isn't looked up in PATH",
      { program: "train.sh", programIsExecutable: true },
      ["./train.sh", "--lr=0.1", "--amp=True"]
    ],
    [
      "an executable Python script runs under the interpreter",
      { programIsExecutable: true },
      ["/usr/bin/env", "python", "train.py", "--lr=0.1", "--amp=True"]
    ],
    [
      "what can't be executed is taken for Python",
      { program: "train" },
      ["/usr/bin/env", "python", "train", "--lr=0.1", "--amp=True"]
    ],
    [
      "a command decides alone, also for JavaScript",
      { program: "train.js", command: ["${interpreter}", "${program}"] },
      ["python", "train.js"]
    ],
    [
      "each macro wherever it occurs, twice too",
      { command: ["${env}", "run", "${args_no_hyphens}", "--", "${args_no_boolean_flags}", "${args_no_hyphens}"] },
      ["/usr/bin/env", "run", "lr=0.1", "amp=True", "--", "--lr=0.1", "--amp", "lr=0.1", "amp=True"]
    ],
    [
      "hydra's macros",
      { command: ["run", "${args_append_hydra}", "${args_override_hydra}"] },
      ["run", "+lr=0.1", "+amp=True", "++lr=0.1", "++amp=True"]
    ],
    ["JSON", { command: ["run", "${args_json}"] }, ["run", '{"lr": 0.1, "amp": true}']],
    ["an environment macro", { command: ["${envvar:SHELL}", "-c", "x"] }, ["/bin/sh", "-c", "x"]],
    [
      "words of other types, as Python writes them",
      { command: ["run", 3n, 3, true, "a ${args}"] },
      ["run", "3", "3.0", "True", "a ${args}"]
    ]
  ])("%s", (_, given, argv) => {
    const line = Either.getOrThrow(make(given))
    assert.deepStrictEqual([line.argv, line.argsJson, line.warnings], [argv, undefined, []])
  })

  it("doubts that Python is meant for a program of another language, where nothing else is said", () => {
    const told = (given: Partial<Given>) => Either.getOrThrow(make(given)).warnings
    assert.deepStrictEqual(told({ program: "train.sh" }), [
      'train.sh is run by Python: make it executable, or add to the config: command: [sh, "${program}", "${args}"].'
    ])
    assert.include(told({ program: "src/Model.R" })[0], 'command: [Rscript, "${program}", "${args}"]')
    for (const given of [
      { program: "train.py" },
      { program: "train" },
      { program: "train.mjs" },
      { program: "train.sh", programIsExecutable: true },
      { program: "train.sh", command: ["bash", "${program}"] }
    ]) {
      assert.deepStrictEqual(told(given), [], given.program)
    }
  })

  it("names the file of the arguments, and what to write into it", () => {
    const line = Either.getOrThrow(make({ command: ["run", "${args_json_file}"] }))
    assert.deepStrictEqual(line.argv, ["run", "/runs/a1/config-a1.json"])
    assert.strictEqual(line.argsJson, '{"lr": 0.1, "amp": true}')
  })

  it("leaves out a macro that nobody knows, and says so", () => {
    const line = Either.getOrThrow(make({ command: ["run", "${agrs}", "${zzz}", "${envvar:GPU}"] }))
    assert.deepStrictEqual(line.argv, ["run", "GPU"])
    assert.deepStrictEqual(line.warnings, [
      "The environment variable GPU in the sweep's command isn't set: its name is used instead.",
      "The macro ${agrs} in the sweep's command isn't known and is left out: did you mean ${args}?",
      "The macro ${zzz} in the sweep's command isn't known and is left out."
    ])
  })

  it.each<[string, Partial<Given>, string, string]>([
    [
      "neither program nor command",
      { program: undefined },
      "NoExecutable",
      "The sweep config says nothing to run on this machine: add program: train.py, or a command."
    ],
    [
      "a macro for a program that isn't there",
      { program: undefined, command: ["python", "${program}"] },
      "BadCommand",
      'The sweep\'s command says "${program}", but the config names none: add program: train.py.'
    ],
    [
      "a command of which nothing is left",
      { command: ["${zzz}"] },
      "BadCommand",
      "Nothing is left of the sweep's command after its macros: name a program in it."
    ],
    [
      "a word that no program can be given",
      { command: ["run", "a\0b"] },
      "BadCommand",
      'The word \'a\\x00b\' of the command holds a null character, which no program can be given: hand such values over with "${args_json}" or "${args_json_file}".'
    ],
    [
      "the macro for an object (RD26)",
      { command: ["python", "${args_dict}"] },
      "BadCommand",
      '"${args_dict}" in the sweep\'s command is an object and no words: write "${args}" or "${args_json}" instead.'
    ]
  ])("refuses %s", (_, given, reason, detail) => {
    const error = Either.getOrThrow(Either.flip(make(given)))
    assert.deepStrictEqual([error.reason, error.detail], [reason, detail])
  })
})

// fixtures

interface Given extends Pick<AgentCommandLine.Options, "interpreter" | "programIsExecutable" | "windows"> {
  readonly command: ReadonlyArray<PythonValue> | undefined
  readonly program: string | undefined
}

const make = (given: Partial<Given>) => {
  const { command, program, ...options } = { program: "train.py", command: undefined, ...given }
  return AgentCommandLine.make({ ...defaults, ...options, config: { command, program } })
}
const defaults = {
  trial: new Map<string, PythonValue>([["lr", 0.1], ["amp", true]]), // prettier-ignore
  environment: new Map([["SHELL", "/bin/sh"]]),
  argsJsonFile: "/runs/a1/config-a1.json"
}
