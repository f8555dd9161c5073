import { assert, describe, it } from "@effect/vitest"
import { Either, Redacted } from "effect"
import * as ApiKey from "../src/ApiKey.js"

const digits = "0123456789abcdef0123456789abcdef01234567"

const accepted = [
  ["forty characters", digits],
  ["more than forty", `${digits}_Z`],
  ["a prefix before the first -", `local-${digits}`],
  ["a prefix, and a - in the key", `local-${digits.slice(1)}-x`],
  ["a token of three parts", "eyJhbGciOi.eyJzdWIi.c2ln-_A"]
] as const

const refused = [
  ["nothing", "", "is empty"],
  ["39 characters", digits.slice(1), "has 39 characters"],
  ["39 after the prefix", `local-${digits.slice(1)}`, "has 39 characters"],
  ["a space", `${digits} `, "characters that no key has"],
  ["a dot, but not two", `a.${digits}`, "characters that no key has"],
  ["only a prefix", "local-", "characters that no key has"]
] as const

describe("a key", () => {
  for (const [name, text] of accepted) {
    it(`is one with ${name}`, () => {
      const key = Either.getOrThrow(ApiKey.parse(Redacted.make(text), "here"))
      assert.strictEqual(Redacted.value(key), text)
    })
  }

  for (const [name, text, problem] of refused) {
    it(`is none with ${name}`, () => {
      const { message } = Either.getOrThrow(Either.flip(ApiKey.parse(Redacted.make(text), "WANDB_API_KEY")))
      assert.include(message, "The API key from WANDB_API_KEY")
      assert.include(message, problem)
      if (text !== "") assert.notInclude(message, text)
    })
  }
})
