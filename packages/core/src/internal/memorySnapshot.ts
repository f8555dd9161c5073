import * as Effect from "effect/Effect"
import type { ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { AgentId } from "../AgentId.js"
import * as PythonJson from "../PythonJson.js"
import { QueueItemId } from "../QueueItemId.js"
import { QueueItemState } from "../QueueItemState.js"
import { RunId } from "../RunId.js"
import { RunKey } from "../RunKey.js"
import { RunState } from "../RunState.js"
import { StopReason } from "../StopReason.js"
import * as SweepConfig from "../SweepConfig.js"
import type { SweepConfigError } from "../SweepConfigError.js"
import { SweepId } from "../SweepId.js"
import { SweepState } from "../SweepState.js"
import { Contents } from "./memoryContents.js"
import { StoredRun } from "./memoryRun.js"
import { StoredSweep } from "./memorySweep.js"
import { orUndefined } from "./orUndefined.js"

const Request = Schema.Struct({
  key: RunKey,
  sweep: SweepId,
  run: RunId,
  attempt: Schema.Int,
  queue: Schema.String,
  priority: Schema.Number,
  executable: Schema.Union(
    Schema.Struct({ kind: Schema.Literal("job"), name: Schema.String }),
    Schema.Struct({ kind: Schema.Literal("image"), uri: Schema.String }),
    Schema.Struct({ kind: Schema.Literal("program") })
  ),
  trial: PythonJson.Dict,
  entryPoint: orUndefined(Schema.Array(PythonJson.Value)),
  launch: PythonJson.Dict,
  author: orUndefined(Schema.String)
})

const Item = Schema.Struct({
  id: QueueItemId,
  key: RunKey,
  queue: Schema.String,
  index: Schema.Int,
  request: orUndefined(Request),
  stage: Schema.Union(QueueItemState, Schema.Literal("completed", "withdrawn")),
  agent: orUndefined(Schema.String),
  leasedUntil: Schema.Number,
  handle: orUndefined(Schema.String),
  message: orUndefined(Schema.String)
})

const Digest = Schema.Struct({
  count: Schema.Int,
  min: Schema.Number,
  max: Schema.Number,
  last: Schema.Number
})

const Log = Schema.Struct({
  rows: Schema.Array(Schema.Struct({ step: Schema.Number, at: Schema.Number, values: PythonJson.Dict })),
  offsets: Schema.Array(Schema.Tuple(Schema.Int, Schema.Number)),
  metrics: Schema.Array(Schema.Tuple(Schema.String, Digest)),
  steps: Schema.Array(Schema.Number),
  values: Schema.Array(Schema.Number),
  times: Schema.Array(Schema.Number),
  nextStep: Schema.Number
})

const Run = Schema.Struct({
  id: RunId,
  trial: PythonJson.Dict,
  createdAt: Schema.Number,
  agent: orUndefined(AgentId),
  facts: Schema.Struct({
    state: RunState,
    attempt: Schema.Int,
    exitCode: orUndefined(Schema.Int),
    startedAt: orUndefined(Schema.Number),
    endedAt: orUndefined(Schema.Number),
    stop: orUndefined(StopReason)
  }),
  summary: PythonJson.Dict,
  log: orUndefined(Log)
})

const Verdict = Schema.Struct({
  run: RunId,
  rung: Schema.Number,
  value: Schema.Number,
  threshold: Schema.Number,
  peers: Schema.Array(RunId)
})

const Sweep = Schema.Struct({
  id: SweepId,
  name: Schema.String,
  config: Schema.String,
  seed: Schema.Number,
  createdAt: Schema.Number,
  state: SweepState,
  agents: Schema.Array(AgentId),
  runs: Schema.Array(Run),
  condemned: Schema.Array(Verdict),
  targetReached: Schema.Boolean,
  unjudged: Schema.Boolean,
  ownRun: Schema.Struct({ state: Schema.String, exitCode: orUndefined(Schema.Int) })
})

const Snapshot = Schema.Struct({ given: Schema.Int, sweeps: Schema.Array(Sweep), items: Schema.Array(Item) })
const SnapshotText = Schema.parseJson(Snapshot)
const encodeText = Schema.encodeSync(SnapshotText)
const decodeText = Schema.decode(SnapshotText)

/** The contents as JSON text; configs, rows and summaries in it are `PythonJson` texts. */
export const encode = (contents: Contents): string =>
  encodeText({
    given: contents.given,
    sweeps: Array.from(contents.sweeps.values(), sweepToStored),
    items: [...contents.queues.items.values()]
  })

/** Contents from their text. */
export const decode = Effect.fnUntraced(function* (
  text: string
): Effect.fn.Return<Contents, ParseError | SweepConfigError> {
  const snapshot = yield* decodeText(text)
  const contents = new Contents()
  contents.given = snapshot.given
  for (const stored of snapshot.sweeps) {
    contents.sweeps.set(
      stored.id,
      sweepFromStored(stored, yield* SweepConfig.parse({ file: `sweep ${stored.id}`, text: stored.config }))
    )
  }
  for (const item of snapshot.items) contents.queues.add({ ...item })
  return contents
})

const sweepToStored = (sweep: StoredSweep): typeof Sweep.Type => ({
  ...sweep,
  config: sweep.config.source,
  agents: [...sweep.agents],
  runs: sweep.history.map(runToStored),
  condemned: [...sweep.condemned.values()]
})

const runToStored = ({ log, ...run }: StoredRun): typeof Run.Type => ({
  ...run,
  log: log && { ...log, offsets: [...log.offsets], metrics: [...log.metrics] }
})

const sweepFromStored = (stored: typeof Sweep.Type, config: SweepConfig.SweepConfig): StoredSweep => {
  const sweep = new StoredSweep(stored.id, stored.name, config, stored.seed, stored.createdAt)
  sweep.state = stored.state
  sweep.targetReached = stored.targetReached
  sweep.unjudged = stored.unjudged
  sweep.ownRun.state = stored.ownRun.state
  sweep.ownRun.exitCode = stored.ownRun.exitCode
  for (const agent of stored.agents) sweep.agents.add(agent)
  for (const run of stored.runs) sweep.add(runFromStored(run, sweep.history.length))
  for (const verdict of stored.condemned) sweep.condemned.set(verdict.run, verdict)
  return sweep
}

const runFromStored = (stored: typeof Run.Type, index: number): StoredRun => {
  const run = new StoredRun(stored.id, index, stored.trial, stored.createdAt, stored.agent)
  run.facts = stored.facts
  run.summary = stored.summary
  if (stored.log !== undefined) {
    const { rows, offsets, metrics, steps, values, times, nextStep } = stored.log
    run.log = {
      rows: [...rows],
      offsets: new Map(offsets),
      metrics: new Map(metrics),
      steps: [...steps],
      values: [...values],
      times: [...times],
      nextStep
    }
  }
  return run
}
