import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { hasTest, titlesOf } from "./TestTitles.js"

const top = new URL("../../../", import.meta.url)
const page = readFileSync(new URL("docs/compatibility.md", top), "utf8")

/** A row of the page: its number, and the tests that it names, each a file and a title. */
interface Row {
  readonly number: string
  readonly cells: ReadonlyArray<string>
  readonly tests: ReadonlyArray<{ readonly file: string; readonly title: ReadonlyArray<string> }>
}

const rows: ReadonlyArray<Row> = page
  .split("\n")
  .filter((line) => /^\| R?[BD]\d/.test(line))
  .map((line) => {
    const [number = "", ...cells] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim())
    const tests = [...(cells.at(-1) ?? "").matchAll(/`([^`]+?) › ([^`]+)`/g)].map(([, file = "", title = ""]) => ({
      file,
      title: title.split(" › ")
    }))
    return { number, cells, tests }
  })

/** B33–B39, B43, B44, B49 and B63 are no rules. */
const rules = Array.from({ length: 83 }, (_, n) => n + 1).filter(
  (n) => !((n >= 33 && n <= 39) || [43, 44, 49, 63].includes(n))
)

describe("the compatibility page", () => {
  it("has a row for each rule of the reference, once", () => {
    const numbers = rows.map(({ number }) => number).filter((number) => number.startsWith("B"))
    assert.deepStrictEqual(
      numbers,
      rules.map((n) => `B${n}`)
    )
  })

  it("has a row for each defect of the reference, once", () => {
    const numbers = rows.map(({ number }) => number).filter((number) => number.startsWith("RD"))
    assert.deepStrictEqual(
      numbers,
      Array.from({ length: 36 }, (_, n) => `RD${n + 1}`)
    )
  })

  it("says in each row what either does, and which tests show it", () => {
    for (const { cells, number, tests } of rows) {
      assert.strictEqual(cells.length, 3, number)
      assert.isAtLeast(tests.length, 1, `${number} names no test`)
    }
  })

  it("names only tests that exist", () => {
    const texts = new Map<string, string>()
    const missing = rows.flatMap(({ number, tests }) =>
      tests.flatMap(({ file, title }) => {
        const url = new URL(file, top)
        if (!texts.has(file)) texts.set(file, existsSync(url) ? readFileSync(url, "utf8") : "")
        return hasTest(texts.get(file) ?? "", title) ? [] : [`${number}: ${file} › ${title.join(" › ")}`]
      })
    )
    assert.deepStrictEqual(missing, [])
  })
})

describe("the guide for who moves from W&B", () => {
  const guide = readFileSync(new URL("docs/moving-from-wandb.md", top), "utf8")
  const help = (command: string) =>
    readFileSync(new URL(`packages/cli/test/snapshots/help-${command}.txt`, top), "utf8")

  it("names only options that the commands have", () => {
    const table = /## Options of `sweepline scheduler`\n([^]*?)\n## /.exec(guide)?.[1] ?? ""
    const options = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = ""]) => cell.match(/--[a-z][\w-]*/g) ?? [])
    assert.isAtLeast(options.length, 10)
    for (const option of options) assert.include(help("scheduler"), `${option} `)
    for (const [, command = "", option = ""] of guide.matchAll(/`sweepline ([\w-]+)[^`]* (--[a-z][\w-]*)[^`]*`/g)) {
      assert.include(help(command), `${option} `)
    }
  })

  it("links to pages that exist", () => {
    for (const name of ["moving-from-wandb", "compatibility", "guarantees"]) {
      const text = readFileSync(new URL(`docs/${name}.md`, top), "utf8")
      for (const [, link = ""] of text.matchAll(/\]\(([^)#]+)/g)) {
        assert.isTrue(existsSync(new URL(link, new URL("docs/", top))), `${name}: ${link}`)
      }
    }
  })
})

describe("the titles of a test file", () => {
  const file = `
describe("a sweep", () => {
  it.effect("that's \\"paused\\"", () => a)
  for (const [n, what] of [[1, "run"]]) {
    it(\`takes \${n} requests\`, () => b)
    it.scoped(what, () => c)
  }
})

it.each<[string]>([
  ["two words"]
])("%s", (it) => d)

it.each(["short", "long"])("one %s line", (it) => e)
`

  it("are found with the blocks around them", () => {
    assert.deepStrictEqual(titlesOf(file), [
      ["a sweep", 'that\'s "paused"'],
      ["a sweep", "takes … requests"],
      ["a sweep", "…"],
      ["…"],
      ["one … line"]
    ])
  })

  it("fit what a table fills in, and nothing that isn't there", () => {
    assert.isTrue(hasTest(file, ["a sweep", 'that\'s "paused"']))
    assert.isTrue(hasTest(file, ["a sweep", "takes 1 requests"]))
    assert.isTrue(hasTest(file, ["a sweep", "run"]))
    assert.isTrue(hasTest(file, ["two words"]))
    assert.isTrue(hasTest(file, ["one short line"]))
    assert.isFalse(hasTest(file, ["a sweep", "takes 7 requests"]))
    assert.isFalse(hasTest(file, ["that's paused"]))
    assert.isFalse(hasTest(file, ["three words"]))
  })
})
