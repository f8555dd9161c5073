import { CommError } from "@sweepline/core/CommError"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonValue } from "@sweepline/core/PythonValue"
import type { RunId } from "@sweepline/core/RunId"
import { type MetricRow, RunLog } from "@sweepline/core/RunLog"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { HistoryPage } from "./operations/HistoryPage.js"
import { RunHistoryKeys } from "./operations/RunHistoryKeys.js"
import { execute, WandbClient } from "./WandbClient.js"
import { WandbProject } from "./WandbProject.js"
import { unsupported } from "./internal/unsupported.js"

/** The metric rows of a W&B project's runs, to be read: on W&B, runs log their rows themselves. */
export const make: Effect.Effect<RunLog["Type"], never, WandbClient | WandbProject> = Effect.gen(function* () {
  const client = yield* WandbClient
  const place = yield* WandbProject

  const lastStep = (run: RunId, doing: string) =>
    Effect.flatMap(execute(client, RunHistoryKeys, { ...place, name: run }, { doing }), ({ project }) =>
      project?.run ? Effect.succeed(project.run.historyKeys?.lastStep ?? -1) : noRun(run, doing)
    )

  const page = (run: RunId, from: number, doing: string) =>
    Effect.flatMap(
      execute(client, HistoryPage, { ...place, run, minStep: from, maxStep: from + pageSize, pageSize }, { doing }),
      ({ project }) =>
        Either.mapLeft(
          Either.all((project?.run?.history ?? []).map(rowOf)),
          ({ message }) => new CommError({ reason: "Decode", operation: doing, detail: message, retryable: false })
        )
    )

  return {
    rows: ({ run }) => {
      const doing = `read what run ${run} logged`
      return Stream.unwrap(
        Effect.map(lastStep(run, doing), (last) =>
          Stream.paginateChunkEffect(0, (from) =>
            Effect.map(page(run, from, doing), (rows) => {
              const next = from + pageSize
              return [Chunk.unsafeFromArray(rows), next > last ? Option.none() : Option.some(next)] as const
            })
          )
        )
      )
    },
    append: () => notHere("store rows of a run"),
    cursor: () => notHere("read how far went the log of a run")
  }
})

/** The metric rows of the project in context. */
export const layer: Layer.Layer<RunLog, never, WandbClient | WandbProject> = Layer.effect(RunLog, make)

// internal

const pageSize = 1000

/** A row without what W&B's clients add, which are its step and when it was logged, in seconds. */
const rowOf = (text: string): Either.Either<MetricRow, PythonJson.PythonJsonError> =>
  Either.map(PythonJson.parseDict(text), (row) => ({
    step: Math.trunc(numberIn(row.get("_step"))),
    at: numberIn(row.get("_timestamp")) * 1000,
    values: new Map([...row].flatMap(([name, value]) => (added.has(name) ? [] : [[name, numberOf(value)] as const])))
  }))

/** W&B has no word in JSON for what isn't finite, and writes texts. */
const numberOf = (value: PythonValue): PythonValue =>
  typeof value === "string" ? (unfinite.get(value) ?? value) : value

const unfinite: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY]
])

const added: ReadonlySet<string> = new Set(["_step", "_runtime", "_timestamp", "_wandb"])

const numberIn = (value: PythonValue | undefined): number =>
  typeof value === "number" || typeof value === "bigint" ? Number(value) : 0

const noRun = (run: RunId, operation: string): CommError =>
  new CommError({ reason: "Status", status: 404, operation, detail: `There is no run ${run}`, retryable: false })

const notHere = unsupported("on W&B that is the work of the run itself")
