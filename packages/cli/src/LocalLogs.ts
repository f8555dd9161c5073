/** What a run of a state folder wrote, as `sweepline logs` prints it. */
import * as Executor from "@sweepline/core/Executor"
import * as RunKey from "@sweepline/core/RunKey"
import * as RunState from "@sweepline/core/RunState"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Lines from "./Lines.js"
import { Output } from "./Output.js"
import * as Sweeps from "./Sweeps.js"
import { UsageError } from "./UsageError.js"

/** Which run's, and how. */
export interface Options {
  readonly run: string
  /** Goes on until the run ends. */
  readonly follow: boolean
  /** The last one that was started where it is left out. */
  readonly attempt: Option.Option<number>
  readonly json: boolean
}

/** Prints the output of an attempt; refused where it was not started here. */
export const print = Effect.fnUntraced(function* ({ attempt, follow, json, run: text }: Options) {
  const api = yield* SweepApi
  const executor = yield* Executor.Executor
  const output = yield* Output
  const { run, sweep } = yield* Sweeps.findRun(text)
  const key = RunKey.make(
    run.id,
    Option.getOrElse(attempt, () => run.attempt)
  )
  /** Whether nothing more comes. Asked before each look, so that what was there before the end is surely seen. */
  const isOver = follow
    ? api
        .runState({ sweep: sweep.id, run: run.id })
        .pipe(Effect.map(Either.match({ onLeft: () => false, onRight: (state) => !RunState.isAlive(state) })))
    : Effect.succeed(true)

  const find = (key: RunKey.RunKey) =>
    executor.find(key).pipe(
      // Its output is here all the same; whether it still runs, its state tells.
      Effect.catchIf(
        ({ reason }) => reason === "Foreign",
        () => Effect.succeedSome({ key, data: "" })
      )
    )
  let found = Option.none<Executor.JobHandle>()
  for (let over = false; Option.isNone(found) && !over;) {
    over = yield* isOver
    found = yield* find(key)
    if (Option.isNone(found) && !over) yield* Effect.sleep(interval)
  }
  // One that is to be tried again has only what it wrote before.
  for (let n = run.attempt - 1; Option.isNone(found) && Option.isNone(attempt) && n > 0; n--) {
    found = yield* find(RunKey.make(run.id, n))
  }
  if (Option.isNone(found)) {
    return yield* new UsageError({
      message: `Run ${run.id} has no output: attempt ${RunKey.attempt(key)} was not started here.`
    })
  }
  const handle = found.value
  const cut = Lines.make()
  const tell = (bytes: Uint8Array | undefined) =>
    json
      ? Effect.forEach(cut(bytes), (line) => output.json({ run: run.id, attempt: RunKey.attempt(handle.key), line }), {
          discard: true
        })
      : bytes === undefined
        ? Effect.void
        : output.write(bytes)
  let offset = 0
  while (true) {
    const over = yield* isOver
    let bytes = yield* executor.output(handle, offset, page)
    while (bytes.length > 0) {
      yield* tell(bytes)
      offset += bytes.length
      bytes = yield* executor.output(handle, offset, page)
    }
    if (over) return yield* tell(undefined)
    yield* Effect.sleep(interval)
  }
})

// internal

const page = 1 << 16

/** How often there is a look for more. */
const interval = Duration.millis(100)
