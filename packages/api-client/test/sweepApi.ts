/** A `SweepApi` over a server of the test, under virtual time. */
import { Effect, Either, Fiber, Layer, TestClock } from "effect"
import { RunId } from "@sweepline/core/RunId"
import { SweepApi } from "@sweepline/core/SweepApi"
import { SweepId } from "@sweepline/core/SweepId"
import * as WandbSweepApi from "../src/WandbSweepApi.js"
import * as FakeServer from "./FakeServer.js"

export const sweep = SweepId.make("k3p9x0qa")
export const run = RunId.make("b7d2m4zz")

/** What a call gives, under virtual time. */
const calling = <A, E>(server: FakeServer.FakeServer, use: (api: SweepApi["Type"]) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.either(Effect.flatMap(SweepApi, use)))
    yield* TestClock.adjust("5 minutes")
    return yield* Fiber.join(fiber)
  }).pipe(Effect.provide(Layer.provide(WandbSweepApi.layer, FakeServer.project(server))))

/** The answer of a call. */
export const gives = <A, E>(server: FakeServer.FakeServer, use: (api: SweepApi["Type"]) => Effect.Effect<A, E>) =>
  Effect.map(calling(server, use), Either.getOrThrow)

/** The error of a call. */
export const fails = <A, E>(server: FakeServer.FakeServer, use: (api: SweepApi["Type"]) => Effect.Effect<A, E>) =>
  Effect.map(calling(server, use), (answer) => Either.getOrThrow(Either.flip(answer)))

/** A server with one project. */
export const inProject = (
  project: Readonly<Record<string, unknown>> | null,
  mutation?: Readonly<Record<string, unknown>>
) =>
  FakeServer.make(
    FakeServer.graph({ query: { project: () => project }, ...(mutation === undefined ? {} : { mutation }) })
  )
