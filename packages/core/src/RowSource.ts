import * as RunKey from "./RunKey.js"

/** Where metric rows come from: what a run printed, or what its client streamed. Each has an offset of its own. */
export type RowSource = "output" | "client"

/** The number under which a store keeps the offset of a source: that of the attempt, negative for a client's rows. */
export const tailNumber = (key: RunKey.RunKey, source: RowSource = "output"): number =>
  source === "client" ? -RunKey.attempt(key) : RunKey.attempt(key)
