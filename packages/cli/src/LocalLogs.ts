/** What a run of a state folder wrote, as `sweepline logs` prints it. */
import * as Executor from "@sweepline/core/Executor"
import * as RunKey from "@sweepline/core/RunKey"
import type { RunRecord } from "@sweepline/core/SweepApi"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Abandonment from "./Abandonment.js"
import * as Lines from "./Lines.js"
import { Output } from "./Output.js"
import * as RunOutlook from "./RunOutlook.js"
import * as Sweeps from "./Sweeps.js"
import { UsageError } from "./UsageError.js"

/** Which run's, and how. */
export interface Options {
  readonly run: string
  /** Goes on until the run ends, over all its attempts, or until the attempt does that is given. */
  readonly follow: boolean
  /** The last one that was started where it is left out. */
  readonly attempt: Option.Option<number>
  readonly json: boolean
}

/** Prints the output of an attempt, and of those that follow where they are waited for; refused where none was started here. */
export const print = Effect.fnUntraced(function* ({ attempt, follow, json, run: text }: Options) {
  const { run, sweep } = yield* Sweeps.findRun(text)
  const look = yield* RunOutlook.make(sweep.id, run.id)
  const find = yield* finding(run)
  const { show, tell } = yield* showing(json)

  let isToldAlone = false
  /** A run that nobody watches may have ended long ago, and one that waits goes on waiting. */
  const tellAlone = Effect.gen(function* () {
    if (isToldAlone || !(yield* Abandonment.hasNobody(sweep.id))) return
    isToldAlone = true
    yield* tell(
      `Nobody works on sweep ${sweep.id} at the moment, nor sees how run ${run.id} ends. Go on with it: sweepline resume ${sweep.id}`
    )
  })

  /** Whether no more comes of an attempt. Asked before each look, so that what was there before its end is surely seen. */
  const isOver = Effect.fnUntraced(function* (n: number) {
    if (!follow) return true
    const { outlook, run: now } = yield* look
    if (outlook === "Alive") yield* tellAlone
    return now.attempt > n || outlook !== "Alive"
  })

  /** A certain attempt, once it has begun. */
  const awaited = Effect.fnUntraced(function* (n: number) {
    while (true) {
      const over = yield* isOver(n)
      const found = yield* find(n)
      if (over || Option.isSome(found)) return found
      yield* Effect.sleep(interval)
    }
  })

  /** One that is to be tried again has only what it wrote before. */
  const last = Effect.gen(function* () {
    for (let n = run.attempt; n > 0; n--) {
      const found = yield* find(n)
      if (Option.isSome(found)) return found
    }
    return Option.none()
  })

  /** The next attempt after one, once it has begun; none where the run is over. */
  const next = Effect.fnUntraced(function* (after: number) {
    let told = after === 0
    while (true) {
      const { outlook, run: now } = yield* look
      for (let n = after + 1; n <= now.attempt; n++) {
        const found = yield* find(n)
        if (Option.isSome(found)) return found
      }
      if (outlook === "Alive") yield* tellAlone
      if (outlook === "Left") yield* tell(`Run ${run.id} is run again with: sweepline resume ${sweep.id}`)
      if (outlook === "Over" || outlook === "Left") return Option.none()
      if (outlook === "Again" && !told) {
        told = true
        yield* tell(`Attempt ${now.attempt} of run ${run.id} is over (${now.state}); another one follows.`)
      }
      yield* Effect.sleep(interval)
    }
  })

  const before = Option.isSome(attempt) ? yield* follow ? awaited(attempt.value) : find(attempt.value) : yield* last
  const first = Option.isNone(before) && follow && Option.isNone(attempt) ? yield* next(0) : before
  if (Option.isNone(first)) {
    const wanted = Option.getOrElse(attempt, () => run.attempt)
    return yield* new UsageError({ message: `Run ${run.id} has no output: attempt ${wanted} was not started here.` })
  }
  let handle = first.value
  while (true) {
    const n = RunKey.attempt(handle.key)
    yield* show(handle, isOver(n))
    const following = follow && Option.isNone(attempt) ? yield* next(n) : Option.none()
    if (Option.isNone(following)) return
    handle = following.value
    yield* tell(`Attempt ${RunKey.attempt(handle.key)} of run ${run.id} begins.`)
  }
})

// internal

const page = 1 << 16

/** How often there is a look for more. */
const interval = Duration.millis(100)

const newline = 10

/** Finds the attempts of a run that were started here. */
const finding = Effect.fnUntraced(function* (run: RunRecord) {
  const executor = yield* Executor.Executor
  return (attempt: number) => {
    const key = RunKey.make(run.id, attempt)
    return executor.find(key).pipe(
      // Its output is here all the same; whether it still runs, its state tells.
      Effect.catchIf(
        ({ reason }) => reason === "Foreign",
        () => Effect.succeedSome({ key, data: "" })
      )
    )
  }
})

/** Prints what attempts wrote, each until no more comes, and what is to be told in between. */
const showing = Effect.fnUntraced(function* (json: boolean) {
  const executor = yield* Executor.Executor
  const output = yield* Output
  let isWithinLine = false

  const show = Effect.fnUntraced(function* <E, R>(handle: Executor.JobHandle, isOver: Effect.Effect<boolean, E, R>) {
    const cut = Lines.make()
    const whose = { run: RunKey.run(handle.key), attempt: RunKey.attempt(handle.key) }
    const write = (bytes: Uint8Array | undefined) => {
      if (json) return Effect.forEach(cut(bytes), (line) => output.json({ ...whose, line }), { discard: true })
      if (bytes === undefined) return Effect.void
      isWithinLine = bytes.at(-1) !== newline
      return output.write(bytes)
    }
    let offset = 0
    while (true) {
      const over = yield* isOver
      let bytes = yield* executor.output(handle, offset, page)
      while (bytes.length > 0) {
        yield* write(bytes)
        offset += bytes.length
        bytes = yield* executor.output(handle, offset, page)
      }
      if (over) return yield* write(undefined)
      yield* Effect.sleep(interval)
    }
  })

  const tell = Effect.fnUntraced(function* (line: string) {
    if (isWithinLine) yield* output.write("\n")
    isWithinLine = false
    yield* output.warn(line)
  })

  return { show, tell }
})
