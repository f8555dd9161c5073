/** Facts under a title, as `sweepline show` and `sweepline replay` print them. */
import type { Colors } from "./Colors.js"
import * as Text from "./Text.js"

/** Something that is known; one without a value isn't printed. */
export type Fact = readonly [name: string, value: string]

/** A line for each fact, the values below each other. */
export const lines = (facts: ReadonlyArray<Fact>, colors: Colors): ReadonlyArray<string> => {
  const width = Text.widest(facts.map(([name]) => name))
  return facts.flatMap(([name, value]) => (value === "" ? [] : [`  ${colors.dim(Text.pad(name, width))}  ${value}`]))
}
