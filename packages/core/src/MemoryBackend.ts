import * as Layer from "effect/Layer"
import type { Documents } from "./Documents.js"
import type { EarlyStopping } from "./EarlyStopping.js"
import type { Journal } from "./Journal.js"
import type { LaunchQueue } from "./LaunchQueue.js"
import * as MemoryDocuments from "./MemoryDocuments.js"
import * as MemoryJournal from "./MemoryJournal.js"
import * as MemoryLaunchQueue from "./MemoryLaunchQueue.js"
import * as MemoryRunLog from "./MemoryRunLog.js"
import * as MemorySchedulerRun from "./MemorySchedulerRun.js"
import * as MemoryStore from "./MemoryStore.js"
import * as MemorySweepAdmin from "./MemorySweepAdmin.js"
import * as MemorySweepApi from "./MemorySweepApi.js"
import type { RunLog } from "./RunLog.js"
import type { SchedulerRun } from "./SchedulerRun.js"
import type { Search } from "./Search.js"
import type { SweepAdmin } from "./SweepAdmin.js"
import type { SweepApi } from "./SweepApi.js"

/** The ports that a scheduler and a launch agent need, and those of a server. */
export type Ports = SweepApi | LaunchQueue | SchedulerRun | Journal | RunLog | SweepAdmin | Documents

/**
 * The whole backend in memory, over one new store: for tests, simulations, and sweeps that nobody will go on with. All
 * ports see one another's writes at once; `Embedded` in `@sweepline/embedded` is the same in a file. `Search` is asked by
 * `HeartbeatStrategy` only; a strategy that decides by itself can be given `Search.layerNoop`.
 */
export const layer: Layer.Layer<Ports | MemoryStore.MemoryStore, never, Search | EarlyStopping> = Layer.mergeAll(
  MemorySweepApi.layer,
  MemoryLaunchQueue.layer,
  MemorySchedulerRun.layer(),
  MemoryJournal.layer,
  MemoryRunLog.layer,
  MemorySweepAdmin.layer,
  MemoryDocuments.layer
).pipe(Layer.provideMerge(MemoryStore.layer))
