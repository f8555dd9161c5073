import type { SchedulerModel } from "./model.js"

/** A command of this id has ended. */
export const landed = (self: SchedulerModel, ...ids: ReadonlyArray<string>): SchedulerModel => {
  if (!ids.some((id) => self.inFlight.has(id))) return self
  const inFlight = new Map(self.inFlight)
  for (const id of ids) inFlight.delete(id)
  return { ...self, inFlight }
}
