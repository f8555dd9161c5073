import * as HttpClient from "@effect/platform/HttpClient"
import { GetSweeps } from "@sweepline/api-client/operations/GetSweeps"
import { Viewer } from "@sweepline/api-client/operations/Viewer"
import * as QueueProject from "@sweepline/api-client/QueueProject"
import * as RetryPolicy from "@sweepline/api-client/RetryPolicy"
import { execute, WandbClient } from "@sweepline/api-client/WandbClient"
import { WandbSettings } from "@sweepline/api-client/WandbSettings"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ExitCode from "../ExitCode.js"
import { ExitStatus } from "../ExitStatus.js"
import { Output } from "../Output.js"
import * as Format from "../Format.js"
import * as Text from "../Text.js"
import * as HttpProblem from "./HttpProblem.js"
import * as Place from "./Place.js"
import * as Preflight from "./Preflight.js"
import * as WandbBackend from "./WandbBackend.js"

/** The command line of `doctor`. */
export interface Given extends Place.Given {
  readonly queue: Option.Option<string>
  readonly json: boolean
}

/** What one check found. */
interface Finding {
  readonly check: "settings" | "endpoint" | "clock" | "key" | "entity" | "project" | "queue"
  readonly ok: boolean
  /** What is so; where it isn't ok, what is wrong and how to mend it. */
  readonly detail: string
  /** The exit code where it isn't ok. */
  readonly code: number
}

/**
 * Checks the way to a W&B server, each thing on a line: what is so, or what is wrong and how to mend it. What depends on
 * something that is wrong isn't checked. The exit code is that of the first thing that is wrong.
 */
export const run = Effect.fnUntraced(function* (given: Given) {
  const output = yield* Output
  const status = yield* ExitStatus
  let worst = ExitCode.success
  const tell = ({ check, code, detail, ok }: Finding) =>
    Effect.suspend(() => {
      if (!ok && worst === ExitCode.success) worst = code
      const mark = ok ? output.colors.green("✔") : output.colors.red("✘")
      return given.json
        ? output.json({ check, ok, detail })
        : output.print(`${mark} ${Text.pad(check, "settings".length)}  ${detail}`)
    })
  const connected = yield* Effect.either(Layer.build(WandbBackend.connection(Place.ofOptions(given))))
  yield* Either.match(connected, {
    onLeft: (error) => tell(wrong("settings", error.message, ExitCode.of(error))),
    onRight: (context) => Effect.provide(examine(given, tell), context)
  })
  yield* status.set(worst)
}, Effect.scoped)

// internal

const fine = (check: Finding["check"], detail: string): Finding => ({ check, ok: true, detail, code: 0 })

const wrong = (check: Finding["check"], detail: string, code: number): Finding => ({ check, ok: false, detail, code })

const examine = Effect.fnUntraced(function* (given: Given, tell: (finding: Finding) => Effect.Effect<void>) {
  const { baseUrl, project } = yield* WandbSettings
  const reached = yield* Effect.either(reach)
  if (Either.isLeft(reached)) {
    return yield* tell(
      wrong(
        "endpoint",
        `${baseUrl} can't be reached: ${reached.left}. Look at WANDB_BASE_URL, the network and the proxy settings.`,
        3
      )
    )
  }
  yield* tell(fine("endpoint", `${baseUrl} answers, in ${Math.round(reached.right.took)} ms.`))
  yield* tell(clockFinding(reached.right.offset))
  const client = yield* WandbClient
  const asking = { doing: "ask who is logged in", policy: RetryPolicy.login }
  const answer = yield* Effect.either(execute(client, Viewer, {}, asking))
  if (Either.isLeft(answer)) {
    const { message, status } = answer.left
    const remedy =
      status === 401 ? '. For a key of that server, set WANDB_API_KEY, or run "wandb login --relogin".' : ""
    return yield* tell(wrong("key", `${message}${remedy}`, ExitCode.of(answer.left)))
  }
  const { viewer } = answer.right
  if (viewer === null) {
    return yield* tell(wrong("key", "The server knows nobody by this key: set WANDB_API_KEY to a valid one.", 3))
  }
  yield* tell(fine("key", `It is that of ${viewer.username ?? viewer.email ?? viewer.id}.`))
  const settings = yield* WandbSettings
  const entity = settings.entity ?? viewer.entity
  if (entity === undefined) {
    return yield* tell(wrong("entity", "None is named, and the account has no default: give --entity.", 2))
  }
  const own = [viewer.entity, viewer.username, ...(viewer.teams?.edges ?? []).map(({ node }) => node.name)]
  yield* tell(
    own.includes(entity)
      ? fine("entity", `${entity}${settings.entity === undefined ? ", the account's own" : ""}.`)
      : wrong("entity", `${entity} is neither the account nor one of its teams: ${listOf(own)}. Give --entity.`, 2)
  )
  yield* project === undefined
    ? tell(wrong("project", "None is named: give --project, or set WANDB_PROJECT.", 2))
    : Effect.flatMap(projectFinding(entity, project), tell)
  const queue = Option.getOrUndefined(given.queue)
  if (queue !== undefined) yield* Effect.flatMap(queueFinding(entity, queue), tell)
})

/** How far away the server is, and its clock: milliseconds. Health is asked without a key. */
const reach = Effect.gen(function* () {
  const { baseUrl } = yield* WandbSettings
  const http = yield* HttpClient.HttpClient
  const before = yield* Clock.currentTimeMillis
  const response = yield* http.get(`${baseUrl}/healthz`).pipe(
    Effect.timeoutFail({ duration: "10 seconds", onTimeout: () => "there was no answer within 10 s" }),
    Effect.mapError((error) => (typeof error === "string" ? error : HttpProblem.of(error)))
  )
  const after = yield* Clock.currentTimeMillis
  const date = Date.parse(response.headers["date"] ?? "")
  const offset = Number.isNaN(date) ? undefined : date + 500 - (before + after) / 2
  return { took: after - before, offset }
}).pipe(Effect.scoped)

/** From here on, tokens are refused and times in the log lie. */
const tolerance = 60_000

const clockFinding = (offset: number | undefined): Finding => {
  if (offset === undefined) return fine("clock", "The server doesn't tell its time.")
  const seconds = Math.abs(offset) / 1000
  if (seconds * 1000 <= tolerance) return fine("clock", "This machine's and the server's agree.")
  const which = offset > 0 ? "behind" : "ahead of"
  return wrong(
    "clock",
    `This machine's is ${Format.float(Math.round(seconds))} s ${which} the server's: set it by NTP.`,
    1
  )
}

const projectFinding = Effect.fnUntraced(function* (entity: string, project: string) {
  const client = yield* WandbClient
  const doing = `read project ${entity}/${project}`
  const answer = yield* Effect.either(
    execute(client, GetSweeps, { entity, project, cursor: null, perPage: 1 }, { doing })
  )
  if (Either.isLeft(answer)) return wrong("project", answer.left.message, ExitCode.of(answer.left))
  return answer.right.project === null
    ? wrong("project", `There is no ${entity}/${project} yet: its first sweep or run makes it. Or give --project.`, 4)
    : fine("project", `${entity}/${project}.`)
})

const queueFinding = Effect.fnUntraced(function* (entity: string, queue: string) {
  const queueProject = QueueProject.modelRegistry
  const found = yield* Effect.either(Preflight.queueExists({ entity, queueProject, queue }))
  return Either.isLeft(found)
    ? wrong("queue", found.left.message, ExitCode.of(found.left))
    : fine("queue", `${queue} in ${entity}/${queueProject}.`)
})

const listOf = (names: ReadonlyArray<string | undefined>): string =>
  [...new Set(names.filter((name) => name !== undefined))].join(", ")
