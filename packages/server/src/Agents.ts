/** Agents: they register with a sweep, and are told with each heartbeat what to do (F.2–F.5). */
import { AgentCommand } from "@sweepline/core/AgentCommand"
import type { CommError } from "@sweepline/core/CommError"
import { Documents } from "@sweepline/core/Documents"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict, PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import * as RunState from "@sweepline/core/RunState"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as TrialConfig from "@sweepline/core/TrialConfig"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AgentDocument from "./AgentDocument.js"
import { mutation, node, optional, type Value } from "./GraphValue.js"
import * as LocalController from "./LocalController.js"
import * as Projects from "./Projects.js"
import * as ParsedConfig from "./ParsedConfig.js"
import * as RunDocument from "./RunDocument.js"
import { ServerConfig } from "./ServerConfig.js"
import * as SweepDocument from "./SweepDocument.js"
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
      if (!SweepDocument.isIn(yield* SweepDocument.get(sweep), place)) {
        return yield* notFound(`sweep ${place.entity}/${place.project}/${name} not found`)
      }
      const api = yield* SweepApi
      const id = yield* api.registerAgent({ sweep, host })
      const createdAt = yield* Clock.currentTimeMillis
      yield* AgentDocument.set({ id, sweep, host, createdAt, runs: [] })
      return node({ agent: node({ id, name: id, host, createdAt: WireText.time(createdAt) }) })
    })
  ),
  agentHeartbeat: mutation(
    Schema.Struct({ id: Schema.String, metrics: optional(Schema.String), runState: optional(Schema.String) }),
    Effect.fnUntraced(function* ({ id, runState }) {
      const agent = yield* AgentDocument.get(id)
      if (agent === undefined) return yield* notFound(`agent ${id} not found`)
      const runs = yield* runsOf(runState ?? "{}")
      const commands = yield* heard(agent, runs)
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
  const { id, sweep } = agent
  const controlled = yield* LocalController.isLocal(sweep)
  const commands = controlled
    ? yield* LocalController.heartbeat({ sweep, runs })
    : yield* api.heartbeat({ sweep, agent: id, runs })
  yield* remember(agent, commands)
  // Its client is stopped over its own stream, too, should this answer be lost.
  yield* Effect.forEach(
    commands,
    (command) =>
      command._tag === "StopRun" && !controlled
        ? api.stopRun({ sweep, run: command.run, reason: "EarlyStopped" })
        : Effect.void,
    { discard: true }
  )
  if (commands.some(AgentCommand.$is("Exit"))) yield* finish(sweep)
  const program =
    commands.some(AgentCommand.$is("Run")) || commands.some(AgentCommand.$is("Resume"))
      ? yield* programOf(sweep)
      : undefined
  return commands.map((command) => toWire(command, program))
})

/** Keeps which runs an agent was given, and that those are there, before it hears of them (F.4). */
const remember = Effect.fnUntraced(function* (
  agent: AgentDocument.AgentDocument,
  commands: ReadonlyArray<AgentCommand>
) {
  const documents = yield* Documents
  const config = yield* ServerConfig
  const now = yield* Clock.currentTimeMillis
  const given = commands.flatMap((command) =>
    command._tag === "Run" || command._tag === "Resume" ? [command.run] : []
  )
  const news = given.filter((run) => !agent.runs.includes(run))
  if (news.length === 0 && now - (agent.heartbeatAt ?? 0) < heartbeatResolution) return
  yield* AgentDocument.set({ ...agent, heartbeatAt: now, runs: [...agent.runs, ...news] })
  yield* documents.write((writer) => {
    const { entity, project } = SweepDocument.read(writer, agent.sweep, config)
    for (const name of news) {
      const path = { entity, project, name }
      if (RunDocument.get(writer, path) === undefined) RunDocument.set(writer, RunDocument.make(path, now, agent.sweep))
    }
  })
})

/** A sweep that has nothing more to hand out has finished once none of its runs lives. */
const finish = Effect.fnUntraced(function* (sweep: SweepId) {
  const api = yield* SweepApi
  if (!Option.contains(yield* api.sweepState(sweep), "RUNNING")) return
  if ((yield* api.runs(sweep)).some((run) => RunState.isAlive(run.state))) return
  yield* api.setSweepState(sweep, "FINISHED")
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
