import type * as FastCheck from "effect/FastCheck"
import type { PythonDict, PythonValue } from "../PythonValue.js"

type Generators = Pick<
  typeof FastCheck,
  "array" | "bigInt" | "boolean" | "constant" | "double" | "integer" | "oneof" | "string" | "tuple"
>

const text = (fc: Generators): FastCheck.Arbitrary<string> => fc.string({ unit: "binary", maxLength: 12 })

/** Any value, at most `depth` levels of lists and dicts deep. */
export const arbitraryValue = (fc: Generators, depth = 3): FastCheck.Arbitrary<PythonValue> => {
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.bigInt(),
    fc.integer().map(BigInt),
    fc.double(),
    fc.integer().map(Number),
    text(fc)
  )
  if (depth === 0) return leaf
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(arbitraryValue(fc, depth - 1), { maxLength: 5 }) },
    { weight: 1, arbitrary: arbitraryDict(fc, depth) }
  )
}

/** Any dict, at most `depth` levels deep. */
export const arbitraryDict = (fc: Generators, depth = 3): FastCheck.Arbitrary<PythonDict> =>
  fc
    .array(fc.tuple(text(fc), arbitraryValue(fc, depth - 1)), { maxLength: 5 })
    .map((entries) => new Map<string, PythonValue>(entries))
