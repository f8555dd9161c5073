/** Artifacts that live only for a while, from their making on. */
import { Documents, type Writer } from "@sweepline/core/Documents"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as ArtifactDocument from "./ArtifactDocument.js"
import * as ArtifactRemoval from "./ArtifactRemoval.js"
import * as Collection from "./Collection.js"

/** How often it is looked for artifacts whose time is over. */
export const lookSchedule = Schedule.spaced("1 minute")

/** Notes when an artifact is over, within its write. */
export const note = (writer: Writer, artifact: ArtifactDocument.Artifact): void => {
  const end = endOf(artifact)
  if (end !== undefined)
    writer.set(`${prefix}${Collection.ordered(end)}/${encodeURIComponent(artifact.id)}`, artifact.id)
}

/** Whether the time of an artifact is over at `now`, in milliseconds since 1970. */
export const isOver = (artifact: ArtifactDocument.Artifact, now: number): boolean => {
  const end = endOf(artifact)
  return end !== undefined && end * 1000 <= now
}

/** Removes artifacts whose time is over while the scope is open. */
export const start = Effect.suspend(() =>
  look.pipe(
    Effect.catchAllCause((cause) => Effect.logWarning("Could not look for artifacts whose time is over", cause)),
    Effect.repeat(lookSchedule),
    Effect.annotateLogs({ package: "@sweepline/server", module: "ArtifactExpiry", fiber: "look" }),
    Effect.interruptible,
    Effect.forkScoped
  )
)

// internal

const prefix = "artifact-expiry/"

/** At most so many are removed at a look. */
const most = 100

/** When an artifact is over, in seconds since 1970; what goes beyond the numbers that keys sort by is for ever. */
const endOf = ({ createdAt, ttl = 0 }: ArtifactDocument.Artifact): number | undefined => {
  const end = Math.ceil(createdAt / 1000 + ttl)
  return ttl > 0 && end < 1e12 ? end : undefined
}

const look = Effect.gen(function* () {
  const documents = yield* Documents
  const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const notes = yield* documents.read((reader) => reader.list({ prefix, limit: most }))
  const over = notes.filter(([key]) => notedEnd(key) <= now)
  // What is wrong with one keeps the others no longer than they were to live.
  yield* Effect.forEach(
    over,
    ([key, id]) =>
      Effect.catchAllCause(expire(key, id), (cause) =>
        Effect.logWarning("Could not remove an artifact whose time is over", cause)
      ),
    { discard: true }
  )
})

const notedEnd = (key: string): number => Number(key.slice(prefix.length).split("/")[0])

const expire = Effect.fnUntraced(function* (key: string, id: string) {
  const documents = yield* Documents
  const artifact = yield* documents.read((reader) => ArtifactDocument.get(reader, id))
  // It may have got another time since it was noted.
  if (artifact !== undefined && endOf(artifact) === notedEnd(key)) {
    yield* ArtifactRemoval.remove(artifact)
    yield* Effect.logInfo("The time of an artifact is over: it is removed").pipe(
      Effect.annotateLogs({ artifact: `${artifact.collection}:v${artifact.version ?? ""}` })
    )
  }
  yield* documents.write((writer) => writer.remove(key))
})
