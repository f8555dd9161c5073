import { Layer } from "effect"
import * as LaunchQueue from "@sweepline/core/LaunchQueue"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import * as RunLog from "@sweepline/core/RunLog"
import * as SchedulerRun from "@sweepline/core/SchedulerRun"
import * as SweepApi from "@sweepline/core/SweepApi"

/** Every port over one memory store. */
export const memory = Layer.mergeAll(
  SweepApi.layerMemory,
  LaunchQueue.layerMemory,
  RunLog.layerMemory,
  SchedulerRun.layerMemory
).pipe(Layer.provideMerge(MemoryStore.layer))
