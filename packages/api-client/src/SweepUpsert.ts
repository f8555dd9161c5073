/** Creating and changing sweeps, with the forms that older servers take (B.4.2). */
import type { CommError } from "@sweepline/core/CommError"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonValue } from "@sweepline/core/PythonValue"
import { SweepId } from "@sweepline/core/SweepId"
import type { SweepState } from "@sweepline/core/SweepState"
import * as Effect from "effect/Effect"
import * as UpsertSweep from "./operations/UpsertSweep.js"
import type * as GraphQl from "./GraphQl.js"
import type { WandbClient } from "./WandbClient.js"
import * as WireFailure from "./WireFailure.js"

/** What a sweep is made of, or changed to. */
export interface Options {
  readonly entity: string
  readonly project: string
  /** The server's id of the sweep to change (`GetSweepState`); without one, a sweep is created. */
  readonly id?: string | undefined
  /** YAML text, as `SweepYaml.make` writes it. */
  readonly config?: string | undefined
  readonly description?: string | undefined
  readonly displayName?: string | undefined
  readonly state?: SweepState | undefined
  readonly controller?: PythonValue | undefined
  readonly scheduler?: PythonValue | undefined
  /** What the server starts as the sweep's scheduler (G.3). */
  readonly launchScheduler?: PythonValue | undefined
  readonly templateVariables?: PythonValue | undefined
  /** Names of runs that the search takes as history. */
  readonly priorRuns?: ReadonlyArray<string> | undefined
}

/** What became of it. */
export interface Upserted {
  readonly sweep: SweepId
  /** Where the server put it; older servers don't say. */
  readonly place: { readonly entity: string; readonly project: string } | undefined
  /** What the server thinks of the config (F.7). */
  readonly warnings: ReadonlyArray<string>
}

/** Creates or changes a sweep. A server that refuses one form of the mutation is asked with the next older one. */
export const upsertSweep = (client: WandbClient["Type"], options: Options): Effect.Effect<Upserted, CommError> => {
  const variables = {
    id: options.id ?? null,
    config: options.config ?? null,
    description: options.description ?? null,
    entityName: options.entity,
    projectName: options.project,
    displayName: options.displayName ?? null,
    state: options.state,
    controller: jsonText(options.controller),
    scheduler: jsonText(options.scheduler),
    launchScheduler: jsonText(options.launchScheduler),
    templateVariableValues: PythonJson.stringify(options.templateVariables ?? null),
    priorRunsFilters: priorRunsFilters(options.priorRuns ?? [])
  }
  const forms =
    options.launchScheduler === undefined ? [...UpsertSweep.launching, ...UpsertSweep.older] : UpsertSweep.launching
  const [newest, ...rest] = forms.map((form) => client.request(form, variables))
  if (newest === undefined) return Effect.dieMessage("There is no form of the mutation")
  return rest
    .reduce((asked, older) => Effect.catchIf(asked, isFormRefused, () => older), newest)
    .pipe(
      Effect.mapBoth({
        onFailure: WireFailure.toCommError(options.id === undefined ? "create the sweep" : "change the sweep"),
        onSuccess: upserted
      })
    )
}

// internal

const jsonText = (value: PythonValue | undefined): string | null =>
  value === undefined ? null : PythonJson.stringify(value)

const priorRunsFilters = (runs: ReadonlyArray<string>): string | null =>
  runs.length === 0 ? null : PythonJson.stringify(new Map([["$or", runs.map((name) => new Map([["name", name]]))]]))

/** The server understood who asks and has time, but not what is asked. */
const isFormRefused = ({ reason, retryable, status }: WireFailure.WireFailure): boolean =>
  reason === "GraphQL" || (reason === "Status" && !retryable && status !== 401 && status !== 403)

const upserted = ({ upsertSweep }: GraphQl.Answer<(typeof UpsertSweep.launching)[0]>): Upserted => {
  const { name, project } = upsertSweep.sweep
  return {
    sweep: SweepId.make(name),
    place: project === undefined ? undefined : { entity: project.entity.name, project: project.name },
    warnings: upsertSweep.configValidationWarnings ?? []
  }
}
