import type { Event } from "./Event.js"
import type { SchedulerModel } from "./SchedulerModel.js"

/** An event, and the model after it. */
export interface Happening {
  readonly event: Event
  readonly model: SchedulerModel
}
