/** Agents: they register with a sweep, and are told with each heartbeat what to do (F.2–F.5). */
import { AgentCommand } from "@sweepline/core/AgentCommand"
import type { CommError } from "@sweepline/core/CommError"
import { Documents } from "@sweepline/core/Documents"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as TrialConfig from "@sweepline/core/TrialConfig"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as AgentDocument from "./AgentDocument.js"
import { mutation, node, optional, type Value } from "./GraphValue.js"
import * as LocalController from "./LocalController.js"
import * as Projects from "./Projects.js"
import * as ParsedConfig from "./ParsedConfig.js"
import * as RunDocument from "./RunDocument.js"
import * as RunLife from "./RunLife.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepDocument from "./SweepDocument.js"
import * as SweepFinish from "./SweepFinish.js"
import * as SweepRemoval from "./SweepRemoval.js"
import * as WireRun from "./WireRun.js"
import * as WireText from "./WireText.js"
import { badRequest, notFound, type WireError } from "./WireError.js"

/** The mutations of agents. */
export const mutations: Readonly<Record<string, Value>> = {
  createAgent: mutation(
    Schema.Struct({
      host: Schema.String,
      sweep: Schema.String,
      projectName: optional(Schema.String),
      entityName: optional(Schema.String)
    }),
    Effect.fnUntraced(function* ({ entityName, host, projectName, sweep: name }) {
      const place = yield* Projects.placeOf({ entity: entityName, project: projectName })
      const sweep = SweepDocument.idOf(name)
      if (sweep === undefined || !SweepDocument.isIn(yield* SweepDocument.get(sweep), place)) {
        return yield* notFound(`sweep ${place.entity}/${place.project}/${name} not found`)
      }
      const api = yield* SweepApi
      const id = yield* api.registerAgent({ sweep, host })
      const createdAt = yield* Clock.currentTimeMillis
      const documents = yield* Documents
      yield* Effect.ensuring(
        documents.write((writer) => AgentDocument.set(writer, { id, sweep, host, createdAt, runs: [] })),
        Effect.ignoreLogged(SweepRemoval.tidy(sweep))
      )
      return node({ agent: node({ id, name: id, host, createdAt: WireText.time(createdAt) }) })
    })
  ),
  agentHeartbeat: mutation(
    Schema.Struct({ id: Schema.String, metrics: optional(Schema.String), runState: optional(Schema.String) }),
    Effect.fnUntraced(function* ({ id, runState }) {
      const agent = yield* AgentDocument.get(id)
      if (agent === undefined) return yield* notFound(`agent ${id} not found`)
      const runs = yield* runsOf(runState ?? "{}")
      const commands = yield* Effect.ensuring(heard(agent, runs), Effect.ignoreLogged(SweepRemoval.tidy(agent.sweep)))
      return node({ agent: node({ id, name: id, host: agent.host }), commands: PythonJson.stringify(commands) })
    })
  )
}

// internal

/** The runs that an agent tells of, and which of them live. */
const runsOf = (text: string): Effect.Effect<ReadonlyMap<RunId, boolean>, WireError> => {
  const dict = WireText.dict(text)
  if (dict === undefined) return badRequest("runState must be JSON text of an object")
  const runs = new Map<RunId, boolean>()
  for (const [name, lives] of dict) if (name.trim() === name && name !== "") runs.set(RunId.make(name), lives === true)
  return Effect.succeed(runs)
}

const heard = Effect.fnUntraced(function* (agent: AgentDocument.AgentDocument, runs: ReadonlyMap<RunId, boolean>) {
  const api = yield* SweepApi
  const { id, live = [], sweep } = agent
  yield* Effect.forEach(
    live.filter((run) => runs.get(RunId.make(run)) !== true),
    (run) => leftBehind(sweep, RunId.make(run)),
    { discard: true }
  )
  const controlled = yield* LocalController.isLocal(sweep)
  const commands = controlled
    ? yield* LocalController.heartbeat({ sweep, runs })
    : yield* api.heartbeat({ sweep, agent: id, runs })
  yield* remember(
    agent,
    commands,
    [...runs.keys()].filter((run) => runs.get(run) === true)
  )
  // Its client is stopped over its own stream, too, should this answer be lost.
  yield* Effect.forEach(
    commands,
    (command) =>
      command._tag === "StopRun" && !controlled
        ? api.stopRun({ sweep, run: command.run, reason: "EarlyStopped" })
        : Effect.void,
    { discard: true }
  )
  if (commands.some(AgentCommand.$is("Exit"))) yield* SweepFinish.spend(sweep)
  const program =
    commands.some(AgentCommand.$is("Run")) || commands.some(AgentCommand.$is("Resume"))
      ? yield* programOf(sweep)
      : undefined
  return commands.map((command) => toWire(command, program))
})

/** Keeps which runs an agent was given, and that those are there, before it hears of them (F.4). */
const remember = Effect.fnUntraced(function* (
  agent: AgentDocument.AgentDocument,
  commands: ReadonlyArray<AgentCommand>,
  live: ReadonlyArray<RunId>
) {
  const documents = yield* Documents
  const config = yield* ServerConfig
  const now = yield* Clock.currentTimeMillis
  const given = commands.flatMap((command) =>
    command._tag === "Run" || command._tag === "Resume" ? [command.run] : []
  )
  const news = given.filter((run) => !agent.runs.includes(run))
  const before = agent.live ?? []
  const known = live.length === before.length && live.every((run) => before.includes(run))
  // However far the clock was set back meanwhile, it was heard of now.
  if (news.length === 0 && known && Math.abs(now - (agent.heartbeatAt ?? 0)) < heartbeatResolution) return
  yield* documents.write((writer) => {
    // Meanwhile it may have been given others: its client repeats a heartbeat whose answer takes too long.
    const { runs } = AgentDocument.read(writer, agent.id) ?? agent
    const all = [...new Set([...runs, ...given])]
    AgentDocument.set(writer, { ...agent, heartbeatAt: now, live, runs: all })
    const { entity, project } = SweepDocument.read(writer, agent.sweep, config)
    for (const name of news) {
      const path = { entity, project, name }
      if (RunDocument.get(writer, path) === undefined) RunDocument.set(writer, RunDocument.make(path, now, agent.sweep))
    }
  })
})

/**
 * An agent has told of a run as one that lives, and doesn't any more. If that was asked to stop, its agent has ended its
 * process, which says nothing more itself. Any other may still be sending, and one that was never told of says nothing
 * (F.5).
 */
const leftBehind = Effect.fnUntraced(function* (sweep: SweepId, name: RunId) {
  const run = yield* WireRun.find({ ...(yield* SweepDocument.get(sweep)), name })
  if (run?.sweep?.id === sweep && WireRun.isAlive(run) && WireRun.isStopped(run)) yield* RunLife.lost(run)
})

/** How exactly, in milliseconds, it is kept when an agent was last heard of. */
const heartbeatResolution = 5000

const programOf = (sweep: SweepId): Effect.Effect<string | undefined, CommError, SweepApi> =>
  Effect.flatMap(SweepApi, (api) => api.sweep(sweep)).pipe(
    Effect.map(({ config }) => ParsedConfig.of(config)?.program),
    Effect.catchTag("SweepNotFoundError", () => Effect.succeed(undefined))
  )

/** A command as clients read it (F.3). */
const toWire = (command: AgentCommand, program: string | undefined): PythonDict =>
  AgentCommand.$match(command, {
    Run: ({ run, trial }) => runCommand("run", run, trial, program),
    Resume: ({ run, trial }) => runCommand("resume", run, trial, program),
    StopRun: ({ run }) =>
      new Map<string, PythonValue>([
        ["type", "stop"],
        ["run_id", run]
      ]),
    Exit: () => new Map([["type", "exit"]]),
    Unknown: ({ text }) => new Map([["type", text]])
  })

const runCommand = (
  type: string,
  run: RunId,
  trial: TrialConfig.TrialConfig,
  program: string | undefined
): PythonDict =>
  new Map<string, PythonValue>([
    ["type", type],
    ["run_id", run],
    ["args", TrialConfig.toAgentArgs(trial)],
    ["program", program ?? null]
  ])
