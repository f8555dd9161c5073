import { effect, flakyTest, it, layer, live, prop, scoped, scopedLive } from "@effect/vitest"
import { Effect, TestClock, TestContext } from "effect"
import { setImmediate } from "node:timers/promises"
import { chai } from "vitest"
import { equal } from "./packages/testing/src/internal/assert.js"

// A suite over a layer puts its own methods on the one `it` that there is, clock included, and where test files share
// their modules the next file finds them there. This runs before each file.
Object.assign(it, { effect, flakyTest, layer, live, prop, scoped, scopedLive })

// Before each sleeper that it wakes, TestClock waits for three timers one after the other, of a millisecond or more each,
// so that fibers come to rest. Turns of the event loop let them do the same work: fibers run to their end between two.
const turn = Effect.promise(() => setImmediate())
const clock = Effect.runSync(Effect.provide(TestClock.testClock(), TestContext.TestContext))
Object.defineProperty(Object.getPrototypeOf(clock), "awaitSuspended", { value: () => Effect.repeatN(turn, 2) })

// As the contract suites compare.
chai.config.deepEqual = equal
