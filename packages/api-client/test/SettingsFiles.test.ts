import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as SettingsFiles from "../src/SettingsFiles.js"
import * as Files from "./files.js"

const read = (files: Readonly<Record<string, string | undefined>>, environment: Record<string, string> = {}) =>
  SettingsFiles.read({ environment: new Map(Object.entries(environment)), home: "/ada", cwd: "/project" }).pipe(
    Effect.map((settings) => Object.fromEntries(settings)),
    Effect.provide(Files.layer(files))
  )

const global = "/ada/.config/wandb/settings"
const workspace = "/project/wandb/settings"

describe("settings files", () => {
  it.effect("are read from the person's folder and, above it, from the workspace", () =>
    Effect.gen(function* () {
      const settings = yield* read({
        [global]: "[default]\nentity = them\nproject = theirs\n",
        [workspace]: "[default]\nproject = ours\n"
      })
      assert.deepStrictEqual(settings, { entity: "them", project: "ours" })
    })
  )

  const places: ReadonlyArray<readonly [string, Record<string, string>, ReadonlyArray<string>, string | undefined]> = [
    ["WANDB_CONFIG_DIR", { WANDB_CONFIG_DIR: "/etc/w" }, ["/etc/w/settings"], "/etc/w/settings"],
    ["WANDB_DIR", { WANDB_DIR: "/data" }, ["/data/wandb/settings", workspace], "/data/wandb/settings"],
    [
      "WANDB_DIR, from the working folder",
      { WANDB_DIR: "sub" },
      ["/project/sub/wandb/settings"],
      "/project/sub/wandb/settings"
    ],
    ["the hidden folder, where it is there", {}, ["/project/.wandb/settings", workspace], "/project/.wandb/settings"],
    ["the hidden folder, even without settings", {}, ["/project/.wandb/other", workspace], undefined]
  ]
  for (const [name, environment, files, path] of places) {
    it.effect(`are looked for in ${name}`, () =>
      Effect.gen(function* () {
        const contents = Object.fromEntries(files.map((file) => [file, `[default]\nproject = ${file}\n`]))
        const { project } = yield* read(contents, environment)
        assert.strictEqual(project, path)
      })
    )
  }

  const texts: ReadonlyArray<readonly [string, string, Record<string, string>]> = [
    ["keys in lower case", "[default]\nBase_URL: https://x\n", { base_url: "https://x" }],
    ["only the default section", "[other]\na = 1\n[default]\nb = 2\n[DEFAULT]\nc = 3\n", { b: "2" }],
    ["comments", "# a\n; b\n[default]\n# c\na = 1 # not a comment\n", { a: "1 # not a comment" }],
    ["values with = and :", "[default]\na = b=c:d\n", { a: "b=c:d" }],
    ["lines that go on", "[default]\na = 1\n  2\nb = 3\n", { a: "1\n2", b: "3" }],
    ["an empty value", "[default]\na =\n", { a: "" }],
    ["references", "[default]\nhost = h\na = https://%(HOST)s/%%x\n", { host: "h", a: "https://h/%x" }],
    ["Windows line ends", "[default]\r\na = 1\r\n", { a: "1" }]
  ]
  for (const [name, text, settings] of texts) {
    it.effect(`understand ${name}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* read({ [global]: text }), settings)
      })
    )
  }

  const broken: ReadonlyArray<readonly [string, string | undefined]> = [
    ["that can't be read", undefined],
    ["with a setting before any section", "a = 1\n[default]\n"],
    ["with a line that is no setting", "[default]\nwhatever\n"],
    ["with a setting twice", "[default]\na = 1\na = 2\n"],
    ["with a section twice", "[default]\na = 1\n[default]\nb = 2\n"],
    ["with a reference to nothing", "[default]\na = %(b)s\n"],
    ["with a lone %", "[default]\na = 100%\n"],
    ["with references in a circle", "[default]\na = %(b)s\nb = %(a)s\n"]
  ]
  for (const [name, text] of broken) {
    it.effect(`are ignored ${name}, and the others not`, () =>
      Effect.gen(function* () {
        const settings = yield* read({ [global]: text, [workspace]: "[default]\nproject = p\n" })
        assert.deepStrictEqual(settings, { project: "p" })
      })
    )
  }
})
