import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as PythonJson from "../src/PythonJson.js"
import type { PythonValue } from "../src/PythonValue.js"
import * as SweepCommand from "../src/SweepCommand.js"

describe("SweepCommand.macroArgs", () => {
  const trial = dict(
    '{"lr": 1e-05, "n": 3, "half": 1.0, "b": true, "f": false, "none": null, "s": "it\'s", "10": [1, "é"]}'
  )
  const macros = SweepCommand.macroArgs(trial)

  it.each<[SweepCommand.ArgsMacro, ReadonlyArray<string>]>([
    [
      "args",
      ["--lr=1e-05", "--n=3", "--half=1.0", "--b=True", "--f=False", "--none=None", "--s=it's", "--10=[1, 'é']"]
    ],
    [
      "args_no_equals",
      ["--lr", "1e-05", "--n", "3", "--half", "1.0", "--b", "True", "--f", "False", "--none", "None", "--s", "it's", "--10", "[1, 'é']"] // prettier-ignore
    ],
    ["args_no_hyphens", ["lr=1e-05", "n=3", "half=1.0", "b=True", "f=False", "none=None", "s=it's", "10=[1, 'é']"]],
    ["args_no_boolean_flags", ["--lr=1e-05", "--n=3", "--half=1.0", "--b", "--none=None", "--s=it's", "--10=[1, 'é']"]],
    [
      "args_json",
      ['{"lr": 1e-05, "n": 3, "half": 1.0, "b": true, "f": false, "none": null, "s": "it\'s", "10": [1, "\\u00e9"]}']
    ],
    [
      "args_append_hydra",
      ["+lr=1e-05", "+n=3", "+half=1.0", "+b=True", "+f=False", "+none=None", "+s=it's", "+10=[1, 'é']"]
    ],
    [
      "args_override_hydra",
      ["++lr=1e-05", "++n=3", "++half=1.0", "++b=True", "++f=False", "++none=None", "++s=it's", "++10=[1, 'é']"]
    ]
  ])("${%s} is what Python writes, in the order of the parameters", (macro, words) => {
    assert.deepStrictEqual(macros[macro], words)
  })

  it("has nothing to say without parameters, but for the empty object", () => {
    const { args_json, ...others } = SweepCommand.macroArgs(new Map())
    assert.deepStrictEqual(args_json, ["{}"])
    assert.deepStrictEqual(Object.values(others).flat(), [])
  })
})

describe("SweepCommand.forLaunch", () => {
  it.each<
    [string, ReadonlyArray<PythonValue> | undefined, ReadonlyArray<PythonValue> | undefined, ReadonlyArray<string>]
  >([
    ["no command: the job's own entry point, no arguments (B72)", undefined, undefined, []],
    ["an empty command is none (B72)", [], undefined, []],
    [
      "a macro becomes the arguments (B74)",
      ["python", "fit.py", "${args_no_equals}"],
      ["python", "fit.py"],
      ["--a", "1", "--b", "x"]
    ],
    ["nothing is left: the job's own entry point (B74)", ["${args_json}"], undefined, ['{"a": 1, "b": "x"}']],
    [
      "of several macros the last kind wins, and all are removed (B74)",
      ["run", "${args_append_hydra}", "${args_json}", "${args}"],
      ["run"],
      ["+a=1", "+b=x"]
    ],
    [
      "a repeated macro leaves its second copy (B74)",
      ["run", "${args}", "${args}"],
      ["run", "${args}"],
      ["--a=1", "--b=x"]
    ],
    ["a macro inside a longer word is text (B74)", ["run", "x=${args}"], ["run", "x=${args}"], []],
    [
      "the first program is replaced (B75)",
      ["python", "${program}", "${program}"],
      ["python", "train.py", "${program}"],
      []
    ],
    [
      "words that aren't text stay as they are",
      ["run", 3n, 0.5, true, "${args}"],
      ["run", 3n, 0.5, true],
      ["--a=1", "--b=x"]
    ]
  ])("%s", (_, command, entryPoint, args) => {
    const launch = Either.getOrThrow(forLaunch({ command, program: "train.py" }))
    assert.deepStrictEqual([launch.entryPoint, launch.args], [entryPoint, args])
  })

  it("replaces environment macros, also inside words (B73)", () => {
    const command = ["${envvar:SHELL}", "${envvar:HOME}/a:${envvar:HOME}/b", "${envvar:lower}"]
    const launch = Either.getOrThrow(forLaunch({ command, program: undefined }))
    assert.deepStrictEqual(launch.entryPoint, ["/bin/sh", "/kim/a:/kim/b", "${envvar:lower}"])
  })

  it("uses the name of a variable that isn't set, and says so (RD27)", () => {
    const launch = Either.getOrThrow(forLaunch({ command: ["x-${envvar:GPU}"], program: undefined }))
    assert.deepStrictEqual(launch.entryPoint, ["x-GPU"])
    assert.deepStrictEqual(launch.warnings, [
      "The environment variable GPU in the sweep's command isn't set: its name is used instead."
    ])
  })

  it("doesn't expand what a variable holds", () => {
    const environment = new Map([["A", "${envvar:A}"]])
    const launch = Either.getOrThrow(
      SweepCommand.forLaunch({ config: { command: ["${envvar:A}"], program: undefined }, trial, environment })
    )
    assert.deepStrictEqual(launch.entryPoint, ["${envvar:A}"])
  })

  it("passes unknown macros on, in one warning (B78)", () => {
    const launch = Either.getOrThrow(
      forLaunch({ command: ["${env}", "${interpreter}", "a", "${args_json_file}", "${args}"], program: undefined })
    )
    assert.deepStrictEqual(launch.entryPoint, ["${env}", "${interpreter}", "a", "${args_json_file}"])
    assert.deepStrictEqual(launch.unresolved, ["${env}", "${interpreter}", "${args_json_file}"])
    assert.deepStrictEqual(launch.warnings, [
      "These macros of the sweep's command mean nothing to a launch and are passed on as they are: ${env}, ${interpreter}, ${args_json_file}"
    ])
  })

  it.each<[string, ReadonlyArray<PythonValue>, string]>([
    [
      "a program that isn't there (B75)",
      ["python", "${program}"],
      'The sweep\'s command says "${program}", but the config names none: add program: train.py.'
    ],
    [
      "the macro for an object (RD26)",
      ["python", "${args_dict}"],
      '"${args_dict}" in the sweep\'s command is an object and no words: write "${args}" or "${args_json}" instead.'
    ],
    [
      "an environment macro inside a list (B73)",
      [["${envvar:HOME}"]],
      "The word ['${envvar:HOME}'] of the sweep's command must be text."
    ]
  ])("refuses %s", (_, command, detail) => {
    const error = Either.getOrThrow(Either.flip(forLaunch({ command, program: "" })))
    assert.deepStrictEqual([error.reason, error.detail], ["BadCommand", detail])
  })

  it("leaves the config as it was (RD28)", () => {
    const command = ["${envvar:SHELL}", "${program}", "${args}"]
    forLaunch({ command, program: "train.py" })
    assert.deepStrictEqual(command, ["${envvar:SHELL}", "${program}", "${args}"])
  })
})

// fixtures

const trial = dict('{"a": 1, "b": "x"}')
const environment = new Map([["HOME", "/kim"], ["SHELL", "/bin/sh"]]) // prettier-ignore

const forLaunch = (config: {
  readonly command: ReadonlyArray<PythonValue> | undefined
  readonly program: string | undefined
}) => SweepCommand.forLaunch({ config, trial, environment })

function dict(text: string) {
  return Either.getOrThrow(PythonJson.parseDict(text))
}
