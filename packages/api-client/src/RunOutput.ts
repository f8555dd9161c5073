import type { CommError } from "@sweepline/core/CommError"
import * as RunState from "@sweepline/core/RunState"
import { SweepNotFoundError } from "@sweepline/core/SweepNotFoundError"
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { RunConsoleLogPage } from "./operations/RunConsoleLogPage.js"
import { execute, WandbClient } from "./WandbClient.js"
import { WandbProject } from "./WandbProject.js"

/** A line that a run printed. */
export interface Line {
  readonly text: string
  /** When it was printed, as the server writes it; null where its client said nothing of that. */
  readonly at: string | null
  /** `error` for what went to standard error. */
  readonly level: string | null
}

/**
 * The lines that a run of the project in context printed, as its client streamed them, oldest first. With `follow`
 * there is a look for more so often until the run ends.
 */
export const lines = (
  run: string,
  { follow }: { readonly follow?: Duration.Duration | undefined } = {}
): Stream.Stream<Line, CommError | SweepNotFoundError, WandbClient | WandbProject> =>
  Stream.paginateChunkEffect(beginning, (place) =>
    Effect.map(
      place.wait && follow !== undefined ? Effect.delay(page(run, place), follow) : page(run, place),
      ({ isOver, lines: found, more, next }) => {
        const goesOn = more || (follow !== undefined && !isOver)
        return [Chunk.unsafeFromArray(found), goesOn ? Option.some(next) : Option.none()] as const
      }
    )
  )

// internal

const pageSize = 1000

/** How far was read: after which cursor, and which line is the first that hasn't been seen. */
interface Place {
  readonly after: string | null
  readonly number: number
  /** Whether all that there was has been read. */
  readonly wait: boolean
}

const beginning: Place = { after: null, number: 0, wait: false }

const page = Effect.fnUntraced(function* (run: string, place: Place) {
  const client = yield* WandbClient
  const project = yield* WandbProject
  const doing = `read what run ${run} printed`
  const variables = { ...project, runName: run, first: pageSize, after: place.after }
  const answer = yield* execute(client, RunConsoleLogPage, variables, { doing })
  const found = answer.project?.run
  if (!found) {
    return yield* new SweepNotFoundError({
      kind: "run",
      id: run,
      hint: `It was looked for in ${project.entity}/${project.project}.`
    })
  }
  const nodes = (found.logLines?.edges ?? []).map(({ node }) => node)
  // A server without a cursor at its end gives the last page again.
  const fresh = nodes.filter(({ number }) => number === null || number >= place.number)
  const last = fresh.at(-1)?.number ?? null
  const { endCursor = null, hasNextPage = false } = found.logLines?.pageInfo ?? {}
  const next: Place = {
    after: endCursor ?? place.after,
    number: last === null ? place.number : last + 1,
    wait: !hasNextPage
  }
  return {
    lines: fresh.map(({ level, line, timestamp }): Line => ({
      text: line.replace(/\r?\n$/, ""),
      at: timestamp,
      level
    })),
    isOver: Option.exists(RunState.decodeOption(found.state), (state) => !RunState.isAlive(state)),
    more: hasNextPage && endCursor !== place.after,
    next
  }
})
