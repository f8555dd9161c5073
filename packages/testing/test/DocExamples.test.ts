import { assert, beforeAll, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const packages = readdirSync(join(root, "packages")).filter((name) => name !== "cli")

/** An example, and the name of the file that it becomes. */
interface Example {
  readonly file: string
  readonly text: string
}

const ofReadme = (name: string): ReadonlyArray<Example> =>
  Array.from(
    readFileSync(join(root, "packages", name, "README.md"), "utf8").matchAll(/^```ts\n([^]*?)^```$/gm),
    ([, text = ""], index) => ({ file: `${name}-README-${index + 1}.ts`, text })
  )

const ofComments = (name: string): ReadonlyArray<Example> => {
  const src = join(root, "packages", name, "src")
  return readdirSync(src).flatMap((module) =>
    module.endsWith(".ts")
      ? Array.from(
          readFileSync(join(src, module), "utf8").matchAll(/^ *\* ```ts\n([^]*?)^ *\* ```$/gm),
          ([, text = ""], index) => ({
            file: `${name}-${module.slice(0, -3)}-${index + 1}.ts`,
            text: text.replace(/^ *\* ?/gm, "")
          })
        )
      : []
  )
}

/** What the examples of READMEs take as given. */
const given: Readonly<Record<string, string>> = {
  dir: "declare const dir: string",
  yaml: "declare const yaml: string",
  myJournal: `import type { Journal } from "@sweepline/core/Journal"
declare const myJournal: Layer.Layer<Journal>`
}

const ofEffect: ReadonlySet<string> = new Set(["Effect", "Layer"])

/** The import of a module that an example names and doesn't import itself: of Effect, or of the package that has it. */
const importOf = (name: string): ReadonlyArray<string> => {
  if (ofEffect.has(name)) return [`import { ${name} } from "effect"`]
  const owner = packages.find((it) => existsSync(join(root, "packages", it, "src", `${name}.ts`)))
  return owner === undefined ? [] : [`import * as ${name} from "@sweepline/${owner}/${name}"`]
}

/** An example as a module: with what a reader of it knows to be meant. */
const whole = (text: string): string => {
  const named = new Set(Array.from(text.matchAll(/(?<![.\w"/])([A-Z]\w*)\./g), ([, name = ""]) => name))
  const imported = (name: string) => new RegExp(`^import .*\\b${name}\\b.* from`, "m").test(text)
  const lines = [
    ...(text.includes("assert.") ? ['import { strict as assert } from "node:assert"'] : []),
    ...Array.from(named).flatMap((name) => (imported(name) ? [] : importOf(name))),
    ...Object.entries(given).flatMap(([name, line]) =>
      new RegExp(`(?<![.\\w])${name}\\b(?!:)`).test(text) && !new RegExp(`const ${name}\\b`).test(text) ? [line] : []
    )
  ]
  return `${lines.join("\n")}\n${text}\nexport {}\n`
}

const settings = {
  compilerOptions: {
    target: "ES2022",
    lib: ["ES2023"],
    module: "NodeNext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    rootDir: "src",
    outDir: "dist"
  },
  include: ["src"]
}

describe("the examples of READMEs and doc comments", () => {
  const examples = packages.flatMap((name) => [...ofReadme(name), ...ofComments(name)])
  let folder = ""
  let complaints = ""

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sweepline-examples-"))
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
    mkdirSync(join(folder, "src"))
    for (const { file, text } of examples) writeFileSync(join(folder, "src", file), whole(text))
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings))
    const compiler = join(root, "node_modules/typescript/bin/tsc")
    const { status, stderr, stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" })
    complaints = status === 0 ? "" : `tsc ended with ${status}\n${stdout}${stderr}`
    return () => rmSync(folder, { recursive: true, force: true })
  }, 120_000)

  it("are found", () => {
    for (const name of packages)
      assert.isTrue(
        examples.some(({ file }) => file.startsWith(`${name}-README`)),
        name
      )
    assert.isAbove(examples.length, 25)
  })

  it("compile", () => {
    assert.strictEqual(complaints, "")
  })

  for (const { file, text } of examples) {
    if (!text.includes("assert.")) continue
    it(`say what is so: ${file}`, async () => {
      await import(pathToFileURL(join(folder, "dist", file.replace(/ts$/, "js"))).href)
    })
  }
})
