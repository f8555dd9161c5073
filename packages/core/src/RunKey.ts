import * as Schema from "effect/Schema"
import { RunId } from "./RunId.js"

/**
 * What an engine runs at most once: a run and the number of its attempt, from 1, written
 * `run#attempt`. An engine that is given the same key twice runs it once.
 */
export const RunKey = Schema.String.pipe(Schema.pattern(/^.+#[1-9][0-9]*$/), Schema.brand("RunKey"))
export type RunKey = typeof RunKey.Type

/** The key of a run's n-th attempt. */
export const make = (run: RunId, attempt: number): RunKey => RunKey.make(`${run}#${attempt}`)

/** The run of a key. */
export const run = (self: RunKey): RunId => RunId.make(self.slice(0, self.lastIndexOf("#")))

/** The attempt of a key, from 1. */
export const attempt = (self: RunKey): number => Number(self.slice(self.lastIndexOf("#") + 1))
