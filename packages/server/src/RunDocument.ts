/** What the server keeps of a run beside what the ports tell: what its client said. */
import type { Reader, Writer } from "@sweepline/core/Documents"
import { RunState } from "@sweepline/core/RunState"
import { SweepId } from "@sweepline/core/SweepId"
import * as Schema from "effect/Schema"
import * as Collection from "./Collection.js"
import type { RunPath } from "./Lines.js"
import type { Place } from "./Projects.js"
import * as RunChanges from "./RunChanges.js"

const text = Schema.optional(Schema.String)

/** A run as its client told of it. Times are milliseconds since 1970. */
export const RunDocument = Schema.Struct({
  entity: Schema.String,
  project: Schema.String,
  name: Schema.String,
  createdAt: Schema.Number,
  /** The sweep whose run it is: then the ports have its state, and what it logged too. */
  sweep: Schema.optional(SweepId),
  displayName: text,
  description: text,
  notes: text,
  tags: Schema.optional(Schema.Array(Schema.String)),
  group: text,
  jobType: text,
  commit: text,
  host: text,
  program: text,
  repo: text,
  /** JSON text, as the client sent it: `{name: {value}}`. */
  config: text,
  /** JSON text: the client's last summary. */
  summary: text,
  /** Whether a client has begun it. */
  begun: Schema.Boolean,
  /** When its client was last heard of. */
  heartbeatAt: Schema.optional(Schema.Number),
  /** What its client, or the lack of one, makes of its state; for a run of a sweep the ports decide. */
  state: RunState,
  exitCode: Schema.optional(Schema.Int),
  /** Whether it was asked to stop; for a run of a sweep the ports know. */
  stopped: Schema.Boolean,
  /** How many lines of each stream there are. */
  lines: Schema.Struct({ history: Schema.Int, events: Schema.Int, output: Schema.Int }),
  /** Whether the steps of its history fall anywhere, as those of a run that was rewound: then they can't be searched. */
  stepsFall: Schema.optional(Schema.Boolean)
})
export type RunDocument = typeof RunDocument.Type

const runs = Collection.make<[entity: string, project: string, name: string]>()("run", RunDocument)

/** A run's document, if there is one. */
export const get = (reader: Reader, { entity, name, project }: RunPath): RunDocument | undefined =>
  runs.get(reader, entity, project, name)

/** Keeps a run's document. */
export const set = (writer: Writer, run: RunDocument): void => {
  runs.set(writer, run, run.entity, run.project, run.name)
  RunChanges.note(writer, run)
}

/** Forgets a run. */
export const remove = (writer: Writer, run: RunPath): void => {
  runs.remove(writer, run.entity, run.project, run.name)
  RunChanges.note(writer, run)
}

/** The names of the runs of a project that a client told of. */
export const names = (reader: Reader, { entity, project }: Place): ReadonlyArray<string> =>
  runs.names(reader, entity, project)

/** The runs of a sweep that a client told of, in whatever project. Reads the documents of all runs. */
export const ofSweep = (reader: Reader, sweep: SweepId): ReadonlyArray<RunDocument> =>
  runs.after(reader, {
    names: undefined,
    limit: Number.POSITIVE_INFINITY,
    wanted: (run) => run.sweep === sweep
  })

/** A run of which nothing is known yet. */
export const make = (path: RunPath, createdAt: number, sweep?: SweepId): RunDocument => ({
  entity: path.entity,
  project: path.project,
  name: path.name,
  createdAt,
  ...(sweep === undefined ? {} : { sweep }),
  begun: false,
  state: "pending",
  stopped: false,
  lines: { history: 0, events: 0, output: 0 }
})
