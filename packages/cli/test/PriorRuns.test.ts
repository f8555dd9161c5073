import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import * as Csv from "../src/Csv.js"
import * as csv from "./fixtures/csv.js"
import * as InProcess from "./fixtures/inProcess.js"
import { folder, look, objects, sweepline } from "./fixtures/program.js"

describe.concurrent("what a sweep begins with", () => {
  it("is its start points, from the file and from the command line", async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweep })
    const dry = ["run", "sweep.yaml", "--dry-run", "--run-cap", "4", "--seed", "1"]
    const given = ["--start", "x=0.25,kind=sgd", "--start", '{"x": 0.75, "kind": "adam"}']
    const { code, stderr, stdout } = await sweepline(cwd, ...dry, ...given, "--json")
    assert.strictEqual(code, 0, stderr)
    const points = objects(stdout).map(({ config }) => config)
    assert.deepStrictEqual(points.slice(0, 3), [
      { kind: "adam", x: 0.5 },
      { kind: "sgd", x: 0.25 },
      { kind: "adam", x: 0.75 }
    ])
    assert.lengthOf(points, 4)
    const wrong = await sweepline(cwd, ...dry, "--start", "x=2,kind=sgd")
    assert.strictEqual(wrong.code, 2)
    assert.match(wrong.stderr, /sweep\.yaml with --start:\d+:\d+: scheduler\.start\[1\]\.x/)
    assert.include(wrong.stderr, "x must be a number from 0 to 1, not 2.")
  })

  it("are prior runs, which it learns from", async (test) => {
    const rows = Array.from(
      { length: 12 },
      (_, i) => `${i / 12},${i % 2 === 0 ? "adam" : "sgd"},${(i / 12 - 0.6) ** 2}`
    )
    const cwd = folder(test, {
      "sweep.yaml": sweep,
      "earlier.csv": ["x,kind,loss", ...rows, "7,adam,0.1", ""].join("\n"),
      "more.jsonl": '{"config": {"x": 0.58, "kind": "sgd"}, "summary": {"loss": 0.0004}}\n',
      "none.csv": "a,b\n1,2\n"
    })
    const run = ["run", "sweep.yaml", "--run-cap", "3", "--seed", "1", "--workers", "1", "--json"]
    const prior = ["--prior-run", "earlier.csv", "--prior-run", "more.jsonl"]
    const { code, stderr } = await sweepline(cwd, ...run, ...prior)
    assert.strictEqual(code, 0, stderr)
    assert.include(stderr, "took 12 of 13 rows of earlier.csv: earlier.csv:14 has a x that isn't a number from 0 to 1")
    const configs = objects((await look(cwd, "export", "--format", "jsonl")).stdout).map(({ config }) => config)
    assert.deepStrictEqual(configs[0], { kind: "adam", x: 0.5 })
    for (const config of configs.slice(1)) {
      const x = typeof config === "object" && config !== null && "x" in config ? Number(config["x"]) : 9
      assert.approximately(x, 0.6, 0.15)
    }
    const refused = await sweepline(cwd, ...run, "--prior-run", "none.csv")
    assert.strictEqual(refused.code, 2)
    assert.include(
      refused.stderr,
      "There is no result in none.csv that this sweep could learn from: none.csv:2 has no kind"
    )
  })
})

describe("a file of which no row can be taken", () => {
  for (const [name, text, names] of [
    ["semicolons.csv", "x;kind;loss\n0.1;adam;1\n", '"x;kind;loss"'],
    ["blanks.csv", "x, kind, loss\n0.1,adam,1\n", '"x", " kind", " loss"'],
    ["names.jsonl", '{"X": 0.1, "loss": 1}\n', '"X", "loss"'],
    [
      "wide.csv",
      "a,b,c,d,e,f,g,h,i,j,k,l,m\n1,2,3,4,5,6,7,8,9,0,1,2,3\n",
      `${[..."abcdefghijkl"].map((it) => `"${it}"`).join(", ")}, …`
    ]
  ] as const) {
    it.scoped(`is refused with the names that it has: ${name}`, (test) =>
      Effect.gen(function* () {
        const cwd = folder(test, { "sweep.yaml": sweep, [name]: text })
        const args = ["run", join(cwd, "sweep.yaml"), "--dry-run", "--prior-run", join(cwd, name)]
        const { code, stderr } = yield* InProcess.run(args)
        assert.strictEqual(code, 2)
        assert.match(stderr, /:[12] has no kind\./)
        assert.include(stderr, `A row needs a value for each parameter and for the metric; this one has ${names}.`)
      })
    )
  }
})

describe("Csv.records", () => {
  it("reads what is written", () => {
    const rows = [
      Csv.flatten("", { a: "plain", b: 'with "quotes", commas', c: "two\nlines" }),
      Csv.flatten("", { a: "", b: 1.5, c: "é" })
    ]
    assert.deepStrictEqual(
      Csv.records(csv.render(rows)).map(({ cells, line }) => [line, ...cells]),
      [
        [1, "a", "b", "c"],
        [2, "plain", 'with "quotes", commas', "two\nlines"],
        [4, "", "1.5", "é"]
      ]
    )
  })

  it("takes any line ends, no last one, a byte order mark, and quotes inside a cell", () => {
    const cells = (text: string) => Csv.parse(text)
    assert.deepStrictEqual(cells("\ufeffa,b\r1,2\n\r\n3,4"), [["a", "b"], ["1", "2"], ["3", "4"]]) // prettier-ignore
    assert.deepStrictEqual(cells('5" disk,""\n"",'), [['5" disk', ""], ["", ""]]) // prettier-ignore
    assert.deepStrictEqual(cells(""), [])
  })
})

const sweep = `
program: run.sh
command: [sh, -c, 'echo "{\\"loss\\": 1}"', "\${args}"]
method: bayes
metric: {name: loss, goal: minimize}
parameters: {x: {min: 0.0, max: 1.0}, kind: {values: [adam, sgd]}}
scheduler: {start: [{x: 0.5, kind: adam}]}
`
