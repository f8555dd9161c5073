/**
 * Sweeps whose search is a program of the user's (F.9): it writes into `controller` which runs it wants and which
 * should stop, and reads from `scheduler` which of them were created.
 */
import { AgentCommand } from "@sweepline/core/AgentCommand"
import { Documents } from "@sweepline/core/Documents"
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, isList, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import { SweepAdmin } from "@sweepline/core/SweepAdmin"
import { SweepApi } from "@sweepline/core/SweepApi"
import type { SweepId } from "@sweepline/core/SweepId"
import * as SweepState from "@sweepline/core/SweepState"
import * as SweepController from "@sweepline/core/SweepController"
import * as TrialConfig from "@sweepline/core/TrialConfig"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParsedConfig from "./ParsedConfig.js"
import * as SweepDocument from "./SweepDocument.js"
import { ServerConfig } from "./ServerConfig.js"
import * as WireText from "./WireText.js"
import { badRequest } from "./WireError.js"

/** Whether a program of the user's decides for a sweep. */
export const isLocal = (sweep: SweepId) => Effect.map(SweepDocument.get(sweep), ({ local }) => local === true)

/**
 * What an agent is told: to run what the program scheduled and nobody has yet, to stop what it condemned, to leave
 * once it has nothing more or the sweep has ended.
 */
export const heartbeat = Effect.fnUntraced(function* (options: {
  readonly sweep: SweepId
  readonly runs: ReadonlyMap<RunId, boolean>
}) {
  const { runs, sweep } = options
  const api = yield* SweepApi
  const state = Option.getOrUndefined(yield* api.sweepState(sweep))
  if (state !== undefined && SweepState.isTerminal(state)) return [AgentCommand.Exit()]
  const controller = readDict((yield* SweepDocument.get(sweep)).controller)
  const stops = namesAt(controller, "earlystop").filter((run) => runs.get(run) === true)
  yield* Effect.forEach(stops, (run) => api.stopRun({ sweep, run, reason: "EarlyStopped" }), { discard: true })
  const commands = stops.map((run) => AgentCommand.StopRun({ run }))
  if (state === "PAUSED" || SweepController.isBusy(runs)) return commands
  if (yield* isFull(sweep)) return [...commands, AgentCommand.Exit()]
  for (const { args, id } of entriesAt(controller, "schedule").flatMap((entry) => wantedOf(entry) ?? [])) {
    if (args === null) {
      yield* api.setSweepState(sweep, "FINISHED")
      return [...commands, AgentCommand.Exit()]
    }
    const trial = yield* Either.match(TrialConfig.fromAgentArgs(args), {
      onLeft: ({ detail }) => badRequest(detail),
      onRight: (it) => Effect.succeed(it)
    })
    const created = yield* create(sweep, id, trial)
    yield* scheduled(sweep, id)
    if (created) return [...commands, AgentCommand.Run({ run: id, trial })]
  }
  return commands
})

// internal

/** Whether the sweep has as many runs as its `run_cap` allows. */
const isFull = Effect.fnUntraced(function* (sweep: SweepId) {
  const api = yield* SweepApi
  const cap = ParsedConfig.of((yield* api.sweep(sweep)).config)?.runCap
  return cap !== undefined && (yield* (yield* SweepAdmin).runCount(sweep)) >= cap
})

/** Creates the run of an entry of the schedule, under the entry's own id; false where it is there. */
const create = Effect.fnUntraced(function* (sweep: SweepId, run: RunId, trial: TrialConfig.TrialConfig) {
  const admin = yield* SweepAdmin
  return yield* admin.adoptRun({ sweep, run, trial }).pipe(
    Effect.as(true),
    Effect.catchIf(
      (error) => error._tag === "CommError" && error.status === 409,
      () => Effect.succeed(false)
    )
  )
})

/** Tells the program that an entry of its schedule has become a run. */
const scheduled = Effect.fnUntraced(function* (sweep: SweepId, id: RunId) {
  const documents = yield* Documents
  const config = yield* ServerConfig
  yield* documents.write((writer) => {
    const document = SweepDocument.read(writer, sweep, config)
    const scheduler = readDict(document.scheduler)
    const known = entriesAt(scheduler, "scheduled")
    if (known.some((entry) => entry.get("id") === id)) return
    const entry = new Map<string, PythonValue>([
      ["id", id],
      ["runid", id]
    ])
    const text = PythonJson.stringify(new Map<string, PythonValue>(scheduler).set("scheduled", [...known, entry]))
    SweepDocument.set(writer, { ...document, scheduler: text })
  })
})

/** An entry of the schedule; `args` of null says that there is nothing more. */
const wantedOf = (entry: PythonDict): { readonly id: RunId; readonly args: PythonDict | null } | undefined => {
  const id = entry.get("id")
  const data = entry.get("data")
  const args = isDict(data) ? data.get("args") : undefined
  if (typeof id !== "string" || !/^[a-z0-9]+$/i.test(id) || (args !== null && !isDict(args))) return undefined
  return { id: RunId.make(id), args }
}

const entriesAt = (dict: PythonDict, key: string): ReadonlyArray<PythonDict> => {
  const list = dict.get(key)
  return isList(list) ? list.filter(isDict) : []
}

const namesAt = (dict: PythonDict, key: string): ReadonlyArray<RunId> => {
  const list = dict.get(key)
  const names = isList(list) ? list.filter((name) => typeof name === "string") : []
  return names.filter((name) => name.trim() === name && name !== "").map((name) => RunId.make(name))
}

const readDict = (text: string | undefined): PythonDict => WireText.dict(text ?? "{}") ?? new Map()
