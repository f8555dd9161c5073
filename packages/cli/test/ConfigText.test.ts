import { assert, describe, it } from "@effect/vitest"
import * as PythonJson from "@sweepline/core/PythonJson"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import { Effect, Either } from "effect"
import * as ConfigText from "../src/ConfigText.js"
import * as SweepEdit from "../src/SweepEdit.js"
import * as SweepFile from "../src/SweepFile.js"

/** What a config says, ints and floats apart. */
const meaning = (text: string) =>
  PythonJson.stringify(Either.getOrThrow(SweepConfig.parseDocument({ file: "sweep.yaml", text })))

/** Spellings that another YAML, or another printer, makes something else of. */
const spellings = [
  "{min: 0., max: 1.}",
  "[010, 0x1F, 1_000, 12:30, 0b11, +3, 008]",
  "[9007199254740993, 123456789012345678901234567890]",
  "[1.0, 1e5, 1e-05, 1000000000000000000000.0, .5, -0.0, .inf, .nan]",
  "[yes, off, y, 'no', ~, Null, '', \"1.0\", '010', !!str 1.0]",
  '["a\\tb\\u2028", "é 😀", word word word word word word word word word word word word word word word word word word]',
  "{<<: &base {a: 1}, b: *base}"
]

describe("an edited config", () => {
  it("means what it meant, but for what was edited", () => {
    const text = `# tuned by hand\nkept:\n${spellings.map((each) => `  - ${each} # why\n`).join("")}\nempty:\nrun_cap: "9"\n`
    const before = meaning(text)
    for (const edited of [
      ConfigText.withRunCap(text, 12),
      Effect.runSync(SweepEdit.withValues(text, ["run_cap=12"]))
    ]) {
      assert.include(edited, "# tuned by hand")
      assert.strictEqual(meaning(edited).replace(/"?12"?}$/, '"9"}'), before)
      assert.strictEqual(meaning(edited).at(-2), "2")
    }
  })

  it.each(["method: grid\n", "{method: grid}", "# nothing but this\nmethod: grid", "method: grid\nrun_cap:\n"])(
    "has the new run_cap, whether it had one or not: %j",
    (text) => {
      assert.match(meaning(ConfigText.withRunCap(text, 5)), /^\{"method": "grid", "run_cap": 5\}$/)
    }
  )

  it.each([
    ["method: grid\nrun_cap: 5\n", '{"method": "grid"}'],
    ["<<: {run_cap: 5}\nmethod: grid\n", '{"run_cap": null, "method": "grid"}']
  ])("has no run_cap where none is wanted: %j", (text, expected) => {
    const edited = ConfigText.withRunCap(text, undefined)
    assert.strictEqual(meaning(edited), expected)
    // As `edit` and `run` check it.
    const config = SweepConfig.parse({ file: "sweep.yaml", text: `${edited}parameters: {x: {values: [1]}}\n` })
    assert.isUndefined(Either.getOrThrow(config).runCap)
  })

  it.each(["method: grid\n", "method: grid\nscheduler:\n", "method: grid\nscheduler: {start: []}\n"])(
    "has further start points as they were written: %j",
    (text) => {
      const point = ConfigText.value("{lr: 1., n: 010}")
      assert.isDefined(point)
      assert.include(meaning(ConfigText.withStart(text, point)), '"scheduler": {"start": [{"lr": 1.0, "n": 8}]}')
    }
  )

  it.each([
    ["lr=0.1,layers=2", '{"lr": 0.1, "layers": 2}'],
    [" lr = 1e-3 , opt = adam", '{"lr": 0.001, "opt": "adam"}'],
    ["opt='a=b, c=d',lr=1.0", '{"opt": "a=b, c=d", "lr": 1.0}'],
    ['opt="a=\\"b",lr=1.0', '{"opt": "a=\\"b", "lr": 1.0}'],
    ["url=http://x/?y=1,who=it's", '{"url": "http://x/?y=1", "who": "it\'s"}'],
    ["opt={name=adam,beta=[0.5,1.0]}", '{"opt": {"name": "adam", "beta": [0.5, 1.0]}}'],
    ['{"lr": 1.0, "opt": "a=b"}', '{"lr": 1.0, "opt": "a=b"}']
  ])("reads a point as names and values: %s", (text, expected) => {
    const point = ConfigText.mapping(text)
    assert.isDefined(point)
    assert.include(meaning(ConfigText.withStart("method: grid\n", point)), `"scheduler": {"start": [${expected}]}`)
  })

  it.each(["lr=[1", "lr=*other"])("has no start point that can't be read: %s", (point) => {
    const text = "program: train.py\nmethod: random\nparameters: {lr: {min: 0.0, max: 1.0}}\n"
    const config = Either.getOrThrow(SweepConfig.parse({ file: "sweep.yaml", text }))
    const error = Effect.runSync(Effect.flip(SweepFile.withStart({ file: "sweep.yaml", text, config }, [point])))
    assert.include(error.message, `--start ${point} can't be read.`)
  })

  it("takes a value as it is written", () => {
    const edited = Effect.runSync(
      SweepEdit.withValues("parameters: {lr: {min: 0., max: 1.}}", ["parameters.lr.max=2."])
    )
    assert.strictEqual(meaning(edited), '{"parameters": {"lr": {"min": 0.0, "max": 2.0}}}')
  })

  it.each(["name.first=x", "=1", "a..b=1", "a=[1", "name=", "name=*other", "sizes.5=1", "sizes.-1=1", "sizes.last=1"])(
    "can't be made with --set %s",
    (value) => {
      const error = Effect.runSync(Effect.flip(SweepEdit.withValues("name: mnist\nsizes: [1, 2]\n", [value])))
      assert.strictEqual(error._tag, "UsageError")
      assert.include(error.message, `--set ${value}`)
    }
  )
})
