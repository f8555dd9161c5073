import { assert as chaiAssert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chai } from "vitest"

/** Chai's assertions, which here tell Some from None in whichever project a suite runs. */
export const assert: Pick<typeof chaiAssert, keyof typeof chaiAssert> = {
  ...chaiAssert,
  deepStrictEqual: (actual, expected, message) => void comparing(actual, message).deep.equal(expected),
  notDeepEqual: (actual, expected, message) => void comparing(actual, message).not.deep.equal(expected)
}

/**
 * Deep equality. Chai takes iterables of different shape for equal when they yield the same, and whatever is an Effect
 * yields a wrapper that hides what is in it: any Some would equal None.
 */
export const equal = (a: unknown, b: unknown): boolean => chai.util.eql(a, b, { comparator: shapes })

// internal

const shapes = (a: unknown, b: unknown): boolean | null =>
  Effect.isEffect(a) && Effect.isEffect(b) && Object.keys(a).length !== Object.keys(b).length ? false : null

const comparing = (actual: unknown, message: string | undefined) => {
  const assertion = new chai.Assertion(actual, message)
  chai.util.flag(assertion, "eql", equal)
  return assertion
}
