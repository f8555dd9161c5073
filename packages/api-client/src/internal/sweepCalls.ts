import { CommError } from "@sweepline/core/CommError"
import * as SweepConfig from "@sweepline/core/SweepConfig"
import type { SweepApi } from "@sweepline/core/SweepApi"
import * as SweepState from "@sweepline/core/SweepState"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Chunk from "effect/Chunk"
import { GetSweeps } from "../operations/GetSweeps.js"
import { GetSweepState } from "../operations/GetSweepState.js"
import { Sweep } from "../operations/Sweep.js"
import { SweepWithRuns } from "../operations/SweepWithRuns.js"
import { UpsertSweepState } from "../operations/UpsertSweepState.js"
import type { Reads } from "../Reads.js"
import { upsertSweep } from "../SweepUpsert.js"
import * as SweepYaml from "../SweepYaml.js"
import { execute, type WandbClient } from "../WandbClient.js"
import type { WandbProject } from "../WandbProject.js"
import * as WireFailure from "../WireFailure.js"
import { noSweep } from "./noSweep.js"
import { patiently } from "./patience.js"
import { registrations } from "./registrations.js"
import { configReader, parametersOf, runRecord, sweepRecord } from "./sweepRecords.js"

/** What the calls work with. */
export interface World {
  readonly client: WandbClient["Type"]
  readonly reads: Reads["Type"]
  readonly place: WandbProject["Type"]
}

type SweepCalls = Pick<
  SweepApi["Type"],
  "createSweep" | "sweep" | "sweeps" | "runs" | "sweepState" | "setSweepState" | "registerAgent"
>

/** The calls of `SweepApi` that are about a sweep. */
export const sweepCalls = ({ client, place, reads }: World): SweepCalls => {
  const documentOf = configReader()
  return {
    createSweep: Effect.fn("WandbSweepApi.createSweep")(function* ({ config, name }) {
      const yaml = yield* Either.mapLeft(
        Either.flatMap(
          Either.mapLeft(SweepConfig.parse({ file: name, text: config }), ({ message }) => message),
          (parsed) => SweepYaml.make(SweepConfig.document(parsed))
        ),
        unusableConfig
      )
      return (yield* upsertSweep(client, { ...place, config: yaml, displayName: name })).sweep
    }),

    sweep: (id) =>
      patiently(execute(client, Sweep, { ...place, sweep: id }, { doing: `read sweep ${id}` })).pipe(
        Effect.flatMap(({ project }) => Effect.mapError(Effect.fromNullable(project?.sweep), () => noSweep(place, id))),
        Effect.map((sweep) => sweepRecord(sweep, documentOf(sweep.config)))
      ),

    sweeps: Stream.paginateChunkEffect(Option.none<string>(), (cursor) =>
      Effect.map(
        execute(
          client,
          GetSweeps,
          { ...place, cursor: Option.getOrNull(cursor), perPage: 100 },
          { doing: "list the sweeps" }
        ),
        ({ project }) => {
          const { edges, pageInfo } = project?.sweeps ?? noSweeps
          const next = pageInfo.hasNextPage ? Option.fromNullable(pageInfo.endCursor) : Option.none()
          return [
            Chunk.unsafeFromArray(edges.map(({ node }) => sweepRecord(node, documentOf(node.config)))),
            Option.map(next, Option.some)
          ] as const
        }
      )
    ).pipe(
      Stream.runCollect,
      Effect.map((sweeps) => Chunk.toArray(sweeps).sort((a, b) => b.createdAt - a.createdAt))
    ),

    runs: (id) =>
      patiently(
        execute(client, SweepWithRuns, { ...place, sweep: id }, { doing: `list the runs of sweep ${id}` })
      ).pipe(
        Effect.flatMap(({ project }) => Effect.mapError(Effect.fromNullable(project?.sweep), () => noSweep(place, id))),
        Effect.flatMap(({ config, runs }) => {
          const parameters = parametersOf(documentOf(config))
          return Effect.mapError(
            Either.all(runs.edges.map(({ node }) => runRecord(node, parameters))),
            WireFailure.toCommError(`list the runs of sweep ${id}`)
          )
        })
      ),

    sweepState: (id) => reads.sweep({ ...place, sweep: id }),

    setSweepState: Effect.fn("WandbSweepApi.setSweepState")(function* (id, state) {
      const doing = `set the state of sweep ${id} to ${state}`
      const { project } = yield* execute(client, GetSweepState, { ...place, sweep: id }, { doing })
      if (!project?.sweep) return yield* noSweep(place, id)
      const before = Option.flatMap(Option.fromNullable(project.sweep.state), SweepState.fromText)
      if (Option.isNone(before) || !mayBecome(before.value, state)) return false
      if (before.value === state) return true
      const variables = { id: project.sweep.id, state, entityName: place.entity, projectName: place.project }
      yield* execute(client, UpsertSweepState, variables, { doing })
      return true
    }),

    registerAgent: registrations(client, place)
  }
}

// internal

/** B67: a sweep is paused once it runs, and an end is never left. */
const mayBecome = (from: SweepState.SweepState, to: SweepState.SweepState): boolean =>
  SweepState.canBecome(from, to) && !(from === "PENDING" && to === "PAUSED")

const noSweeps = { edges: [], pageInfo: { endCursor: null, hasNextPage: false } } as const

const unusableConfig = (detail: string): CommError =>
  new CommError({ reason: "Status", status: 400, operation: "create the sweep", detail, retryable: false })
