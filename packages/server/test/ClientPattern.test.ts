import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { vi } from "vitest"
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
    assert.strictEqual(timesFound({ pattern: /^(a+)+$/, took: 10 }), 201)
    assert.strictEqual(timesFound({ pattern: /^(a+)+$/, took: 90 }), 23)
  })

  it("are asked for ever where each text takes but a moment", () => {
    assert.strictEqual(timesFound({ pattern: /^(a+)+$/, took: 5 }), 1000)
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

/** How many of a thousand texts a pattern is looked for in, where a clock says that each takes so many milliseconds. */
const timesFound = ({ pattern, took }: { readonly pattern: RegExp; readonly took: number }) => {
  let now = 0
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += took))
  let times = 0
  try {
    while (times < 1000) {
      ClientPattern.found(pattern, "aaa!")
      times++
    }
  } catch (error) {
    assert.instanceOf(error, ClientPattern.PatternTimeout)
  } finally {
    clock.mockRestore()
  }
  return times
}
