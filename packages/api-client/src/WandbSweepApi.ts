import { SweepApi } from "@sweepline/core/SweepApi"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Heartbeats from "./Heartbeats.js"
import { findJob } from "./internal/jobs.js"
import { runCalls } from "./internal/runCalls.js"
import { sweepCalls } from "./internal/sweepCalls.js"
import { Reads } from "./Reads.js"
import { WandbClient } from "./WandbClient.js"
import { WandbProject } from "./WandbProject.js"

/**
 * The sweeps of a W&B project. W&B decides on its own seeds, so that of `createSweep` goes nowhere, and a sweep's reads
 * as 0. It doesn't count attempts, and tells nothing of why a run was stopped. Nothing notifies: `changes` is empty.
 */
export const make: Effect.Effect<SweepApi["Type"], never, WandbClient | WandbProject | Reads> = Effect.gen(
  function* () {
    const client = yield* WandbClient
    const world = { client, reads: yield* Reads, place: yield* WandbProject }
    return {
      ...sweepCalls(world),
      ...runCalls(world),
      heartbeat: Heartbeats.make(client),
      job: (name) => findJob(client, name),
      changes: () => Stream.empty
    }
  }
)

/** The sweeps of the project in context. */
export const layer: Layer.Layer<SweepApi, never, WandbClient | WandbProject | Reads> = Layer.effect(SweepApi, make)
