import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberStatus from "effect/FiberStatus"
import { globalValue } from "effect/GlobalValue"
import * as HashMap from "effect/HashMap"
import type * as Scheduler from "effect/Scheduler"

/** A fiber of any type. */
export type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

const name = (fiber: AnyFiber, main: AnyFiber): string => {
  const parts = [`#${fiber.id().id}`]
  if (fiber === main) parts.push("main")
  const span = fiber.currentSpan
  if (span !== undefined && span._tag === "Span") parts.push(`span "${span.name}"`)
  const annotations = HashMap.toEntries(fiber.getFiberRef(FiberRef.currentLogAnnotations)).sort(([a], [b]) =>
    a < b ? -1 : 1
  )
  if (annotations.length > 0) parts.push(annotations.map(([key, value]) => `${key}=${String(value)}`).join(" "))
  return parts.join(" ")
}

/**
 * Says of each fiber who it is and, where its status tells, which fiber it waits for.
 * `drain` runs the scheduler's tasks: a fiber answers for its status itself.
 */
export const describe = (
  fibers: ReadonlyArray<AnyFiber>,
  main: AnyFiber,
  scheduler: Scheduler.Scheduler,
  drain: () => void
): ReadonlyArray<string> => {
  const asked = fibers.map((fiber) => Effect.runFork(Fiber.status(fiber), { scheduler }))
  drain()
  return fibers.map((fiber, index) => {
    const exit = asked[index]?.unsafePoll()
    const status = exit !== null && exit !== undefined && Exit.isSuccess(exit) ? exit.value : undefined
    const ids =
      status !== undefined && FiberStatus.isSuspended(status) ? Array.from(FiberId.ids(status.blockingOn)) : []
    return ids.length === 0
      ? name(fiber, main)
      : `${name(fiber, main)} (on ${ids.map((id) => `#${String(id)}`).join(", ")})`
  })
}

/**
 * Lets go of a scheduler's fibers, which will never run again. Effect keeps each root fiber that has not
 * ended in a global set, so without this an abandoned program stays in memory for good. The set is asked,
 * because a fiber that started at once and waits since then was never scheduled.
 */
export const release = (scheduler: Scheduler.Scheduler): void => {
  const scope = globalValue(Symbol.for("effect/FiberScope/Global"), (): { readonly roots?: Set<AnyFiber> } => ({}))
  if (!(scope.roots instanceof Set)) return
  for (const fiber of scope.roots) {
    if (fiber.getFiberRef(FiberRef.currentScheduler) === scheduler) scope.roots.delete(fiber)
  }
}

/** A defect as an exit. */
export const die = (defect: unknown): Exit.Exit<never> => Exit.failCause(Cause.die(defect))
