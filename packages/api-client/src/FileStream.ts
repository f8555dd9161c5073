/** The stream by which a run's client tells what the run logs, and that it lives (D.4). */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { RunPath } from "./operations/ReadBatch.js"
import type { RetryPolicy } from "./RetryPolicy.js"
import type { WandbClient } from "./WandbClient.js"
import type { WireFailure } from "./WireFailure.js"

/** Lines of a file from an offset on, counted in lines; they replace what was there. */
export interface FileLines {
  readonly offset: number
  readonly content: ReadonlyArray<string>
}

/** What one request tells. An empty one is a sign of life. */
export interface Message {
  readonly files?: Readonly<Record<string, FileLines>>
  readonly preempting?: true
  /** The run is over, with this exit code. */
  readonly complete?: true
  readonly exitcode?: number
}

/** What the server says to it: whether the run is to stop. */
export interface Reply {
  readonly stopped: boolean
}

/** The name of the file that has a run's output. */
export const outputFile = "output.log"

/** The name of the file that has the last value of each metric: one line, always the same. */
export const summaryFile = "wandb-summary.json"

/** Sends a message. What the server answers needn't be understood: an unreadable reply asks for nothing. */
export const send = (
  client: WandbClient["Type"],
  { entity, project, run }: RunPath,
  message: Message,
  policy: RetryPolicy
): Effect.Effect<Reply, WireFailure> => {
  const path = [entity, project, run].map(encodeURIComponent).join("/")
  return Effect.map(client.post(`/files/${path}/file_stream`, message, policy), (text) => ({
    stopped: Either.match(decodeReply(text), { onLeft: () => false, onRight: ({ stopped }) => stopped === true })
  }))
}

// internal

const decodeReply = Schema.decodeEither(
  Schema.parseJson(Schema.Struct({ stopped: Schema.optionalWith(Schema.Boolean, { nullable: true }) }))
)
