import * as Command from "@effect/cli/Command"
import * as Executor from "@sweepline/core/Executor"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Lines from "../Lines.js"
import * as Local from "../Local.js"
import * as options from "../options.js"
import { Output } from "../Output.js"
import * as Sweeps from "../Sweeps.js"
import { UsageError } from "../UsageError.js"

const page = 1 << 16

/** How often there is a look for more. */
const interval = Duration.millis(100)

/** `sweepline logs`: what a run wrote. */
export const logs = Command.make(
  "logs",
  { run: options.anyRun, ...options.place, follow: options.follow, attempt: options.attempt, json: options.json },
  Effect.fnUntraced(function* ({ backend, dir, ...asked }) {
    if (backend === "embedded") return yield* Effect.provide(logsHere(asked), Local.layer(dir, { access: "read" }))
    const { run } = yield* Effect.promise(() => import("../wandb/LogsCommand.js"))
    yield* run(asked)
  })
).pipe(Command.withDescription("Print what a run wrote; -f goes on until it ends."))

// internal

interface Asked {
  readonly run: string
  readonly follow: boolean
  readonly attempt: Option.Option<number>
  readonly json: boolean
}

const logsHere = Effect.fnUntraced(function* ({ attempt, follow, json, run: text }: Asked) {
  const api = yield* SweepApi
  const executor = yield* Executor.Executor
  const output = yield* Output
  const { run, sweep } = yield* Sweeps.findRun(text)
  const key = RunKey.make(
    run.id,
    Option.getOrElse(attempt, () => run.attempt)
  )
  const isOver = api
    .runState({ sweep: sweep.id, run: run.id })
    .pipe(Effect.map(Either.match({ onLeft: () => false, onRight: (state) => !RunState.isAlive(state) })))

  const handle = yield* executor.find(key).pipe(
    Effect.repeat({
      until: (found) => (Option.isSome(found) || !follow ? Effect.succeed(true) : Effect.delay(isOver, interval))
    })
  )
  if (Option.isNone(handle)) {
    return yield* new UsageError({
      message: `Run ${run.id} (${run.state}) has no output: attempt ${RunKey.attempt(key)} was not started here.`
    })
  }
  const cut = Lines.make()
  const tell = (bytes: Uint8Array | undefined) =>
    json
      ? Effect.forEach(cut(bytes), (line) => output.json({ run: run.id, attempt: RunKey.attempt(key), line }), {
          discard: true
        })
      : bytes === undefined
        ? Effect.void
        : output.write(bytes)
  let offset = 0
  while (true) {
    // The state goes first: what was written before the end is then surely read after it.
    const more = follow && !(yield* isOver)
    let bytes = yield* executor.output(handle.value, offset, page)
    while (bytes.length > 0) {
      yield* tell(bytes)
      offset += bytes.length
      bytes = yield* executor.output(handle.value, offset, page)
    }
    if (!more) return yield* tell(undefined)
    yield* Effect.sleep(interval)
  }
})
