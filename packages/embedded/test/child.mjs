// Another process with the same database. Usage: node child.mjs <file> <what> [argument…]
// It prints one line when it begins and one for each result; it runs what is built.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import { SchedulerRun } from "@sweepline/core/SchedulerRun"
import { Search, Suggestion } from "@sweepline/core/Search"
import { SweepApi } from "@sweepline/core/SweepApi"
import * as Embedded from "@sweepline/embedded/Embedded"

const [path, what, ...rest] = process.argv.slice(2)
const say = (value) => Effect.sync(() => console.log(JSON.stringify(value)))

const programs = {
  /** Opens the database, creating it if it is the first. */
  open: () => say("open"),
  /** Asks for runs, as many agents at a time. */
  ask: (sweep, agents, runs) =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      const names = yield* Effect.replicateEffect(api.registerAgent({ sweep, host: "child" }), Number(agents))
      const known = new Map(names.map((agent) => [agent, new Map()]))
      for (let n = 0; n < Number(runs); n += names.length) {
        const answers = yield* Effect.forEach(
          names,
          (agent) => api.heartbeat({ sweep, agent, runs: known.get(agent) }),
          { concurrency: "unbounded" }
        )
        for (const [i, commands] of answers.entries()) {
          for (const command of commands) {
            if (command._tag !== "Run") continue
            known.set(names[i], new Map([[command.run, false]]))
            yield* say({ run: command.run, x: Number(command.trial.get("x")) })
          }
        }
      }
    }),
  /** Sets the state of a sweep as soon as it is told to. */
  set: (sweep, state) =>
    Effect.gen(function* () {
      const api = yield* SweepApi
      yield* Effect.promise(() => new Promise((resolve) => process.stdin.once("data", resolve)))
      yield* api.setSweepState(sweep, state)
      yield* say(Date.now())
    }),
  /** Takes the lease and never ends. */
  hold: (sweep) =>
    Effect.gen(function* () {
      const own = yield* SchedulerRun
      yield* own.start(sweep)
      yield* say("held")
      yield* Effect.never
    }).pipe(Effect.scoped)
}

const search = Layer.succeed(Search, {
  suggest: ({ history }) => Effect.succeed(Suggestion.Suggested({ trial: new Map([["x", BigInt(history.length)]]) }))
})

await Effect.runPromise(
  Effect.provide(
    Effect.zipRight(say("begin"), programs[what](...rest)),
    Embedded.layer({ path }).pipe(Layer.provide(search), Layer.provide(EarlyStopping.layerNoop))
  )
)
process.exit(0)
