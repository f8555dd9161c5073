import * as FileSystem from "@effect/platform/FileSystem"
import * as Slots from "@sweepline/core/Slots"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { availableParallelism } from "node:os"
import * as Environment from "./Environment.js"
import type { SweepSettings } from "./SweepSettings.js"
import { UsageError } from "./UsageError.js"

/** How many GPUs this machine has, as far as its device files tell. */
const detectedGpus = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const devices = yield* Effect.orElseSucceed(fs.readDirectory("/dev"), () => [])
  return devices.filter((name) => /^nvidia[0-9]+$/.test(name)).length
})

/** Where runs run: on the GPUs that were asked for, or as many at a time as there are cores. */
export const slots = Effect.fnUntraced(function* ({ gpus, workers }: Pick<SweepSettings, "gpus" | "workers">) {
  if (gpus === undefined) return Slots.workers(workers ?? availableParallelism())
  const visible = yield* Effect.orDie(Config.option(Environment.visibleDevices))
  const variable = yield* Effect.orDie(Config.option(Environment.gpus))
  const by = Option.exists(variable, ({ text }) => text === gpus) ? "SWEEPLINE_GPUS" : "--gpus"
  const detected = yield* detectedGpus
  return yield* Effect.mapError(
    Slots.gpus({ wanted: gpus, by, visible: Option.getOrUndefined(visible), detected, workers }),
    ({ detail }) => new UsageError({ message: detail })
  )
})

/** How many GPUs a run keeps busy: those of its slot, shared with the runs of other slots; without any, it counts as one. */
export const gpusPerRun = (places: ReadonlyArray<Slots.Slot>): number => {
  const devices = new Set(places.flatMap(({ env }) => env.get("CUDA_VISIBLE_DEVICES")?.split(",") ?? []))
  return devices.size === 0 ? 1 : devices.size / places.length
}
