import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as ClientPattern from "../src/ClientPattern.js"
import { begin, refusedBy, server } from "./support.js"

describe("The patterns of clients", () => {
  it.effect("are refused where they would keep the server busy", () =>
    Effect.gen(function* () {
      yield* begin("r", { displayName: `${"a".repeat(60)}!` })
      for (const pattern of ["^(a+)+$", "a*a*a*a*a*a*a*b", `${"a?".repeat(26)}b`]) {
        const [status, message] = yield* refusedBy(
          'query Q($filters: JSONString) { project(name: "proj", entityName: "ent") { runCount(filters: $filters) } }',
          { filters: JSON.stringify({ display_name: { $regex: pattern } }) }
        )
        assert.deepStrictEqual([status, message], [200, `filters: /${pattern}/ takes too long`])
      }
    }).pipe(Effect.provide(server))
  )

  it("are refused where they would keep the server busy with one text after another", () => {
    const pattern = /^(a+)+$/
    // As many as this machine takes a while for, but not too long.
    let text = "aaaaaaaa!"
    for (let took = 0; took < 10; text = `a${text}`) {
      const begun = performance.now()
      ClientPattern.found(/^(a+)+$/, text)
      took = performance.now() - begun
    }
    const begun = performance.now()
    assert.throws(() => {
      for (let n = 0; n < 1000; n++) ClientPattern.found(pattern, text)
    }, "takes too long")
    assert.isBelow(performance.now() - begun, 5000)
  })

  it("find what they find, tame or not, in long texts and short ones", () => {
    for (const text of ["run-12", `run-12${" ".repeat(5000)}`]) {
      assert.isTrue(ClientPattern.found(/^run-[0-9]+/, text))
      assert.isTrue(ClientPattern.found(/^(run|job)-(\d+)/, text))
      assert.isFalse(ClientPattern.found(/^(run|job)-$/, text))
    }
  })

  it("that are SQL's cost a pass over the text, however many of them are any text", () => {
    const like = ClientPattern.like(`${"%a".repeat(30)}b`)
    assert.isFalse(like("a".repeat(10_000)))
    assert.isTrue(like(`${"a".repeat(10_000)}B`))
    for (const [pattern, text, expected] of [
      ["", "", true],
      ["%", "", true],
      ["_", "", false],
      ["a%a", "a", false],
      ["a%a", "aa", true],
      ["%b_%", "aabcd", true],
      ["%b_", "aabcd", false],
      ["%ab%ab", "abcab", true],
      ["%ab%ab", "xab", false],
      ["a.c", "abc", false],
      ["_", "é", true]
    ] as const) {
      assert.strictEqual(ClientPattern.like(pattern)(text), expected, `${pattern} ${text}`)
    }
  })
})
