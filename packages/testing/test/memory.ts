import { Layer } from "effect"
import * as MemoryLaunchQueue from "@sweepline/core/MemoryLaunchQueue"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import * as MemoryRunLog from "@sweepline/core/MemoryRunLog"
import * as MemorySchedulerRun from "@sweepline/core/MemorySchedulerRun"
import * as MemorySweepApi from "@sweepline/core/MemorySweepApi"

/** Every port over one memory store. */
export const memory = Layer.mergeAll(
  MemorySweepApi.layer,
  MemoryLaunchQueue.layer,
  MemoryRunLog.layer,
  MemorySchedulerRun.layer()
).pipe(Layer.provideMerge(MemoryStore.layer))
