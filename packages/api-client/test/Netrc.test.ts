import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import * as Netrc from "../src/Netrc.js"
import * as Files from "./files.js"

const password = (text: string | undefined, machine = "api.wandb.ai") =>
  Netrc.password("/n", machine).pipe(
    Effect.map(Option.map(Redacted.value)),
    Effect.provide(Files.layer(text === undefined ? {} : { "/n": text }))
  )

const found: ReadonlyArray<readonly [string, string, string]> = [
  ["the entry that is written", "machine api.wandb.ai\n  login user\n  password k\n\n", "k"],
  ["an entry on one line", "machine api.wandb.ai login user password k", "k"],
  ["the entry among others", "machine a login x password y\nmachine api.wandb.ai password k\nmachine b", "k"],
  ["an account and a user", "machine api.wandb.ai user u account a password k", "k"],
  ["a password in quotes", 'machine api.wandb.ai password "a \\"b"', 'a "b'],
  ["comments", "# mine\nmachine api.wandb.ai # here\n password k\n# end", "k"],
  ["a password that begins like a comment", "machine a password #x\nmachine api.wandb.ai password k", "k"],
  ["a macro before it", "macdef init\ncd /\nmachine x\n\nmachine api.wandb.ai password k", "k"],
  ["the last of two", "machine api.wandb.ai password a\nmachine api.wandb.ai password k", "k"]
]

describe("a netrc", () => {
  for (const [name, text, key] of found) {
    it.effect(`gives the password with ${name}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* password(text), Option.some(key))
      })
    )
  }

  const missing: ReadonlyArray<readonly [string, string | undefined]> = [
    ["no file", undefined],
    ["an empty file", ""],
    ["other machines only", "machine wandb.ai password k"],
    ["the default entry only", "default login x password k"],
    ["an entry without a password", "machine api.wandb.ai login user"],
    ["a file that can't be understood", "password k"],
    ["a file that ends too early", "machine api.wandb.ai password"]
  ]
  for (const [name, text] of missing) {
    it.effect(`gives none with ${name}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* password(text), Option.none())
      })
    )
  }

  it.effect("names a server by its host, and its port where the address has one", () =>
    Effect.gen(function* () {
      assert.strictEqual(Netrc.machineOf("http://localhost:8080"), "localhost:8080")
      assert.strictEqual(Netrc.machineOf("https://api.wandb.ai"), "api.wandb.ai")
      const text = "machine localhost password a\nmachine localhost:8080 password b"
      assert.deepStrictEqual(yield* password(text, "localhost:8080"), Option.some("b"))
    })
  )

  const places: ReadonlyArray<readonly [string, Record<string, string>, ReadonlyArray<string>, string]> = [
    ["where NETRC says", { NETRC: "/elsewhere" }, ["/ada/.netrc"], "/elsewhere"],
    ["where NETRC says, from home", { NETRC: "~/mine" }, [], "/ada/mine"],
    ["in ~/.netrc", {}, ["/ada/.netrc", "/ada/_netrc"], "/ada/.netrc"],
    ["in ~/_netrc", {}, ["/ada/_netrc"], "/ada/_netrc"],
    ["in ~/.netrc, once it is written", {}, [], "/ada/.netrc"]
  ]
  for (const [name, environment, files, path] of places) {
    it.effect(`is ${name}`, () =>
      Effect.gen(function* () {
        const file = Netrc.file({ environment: new Map(Object.entries(environment)), home: "/ada" })
        const layer = Files.layer(Object.fromEntries(files.map((name) => [name, ""])))
        assert.deepStrictEqual(yield* Effect.provide(file, layer), Option.some(path))
      })
    )
  }
})
