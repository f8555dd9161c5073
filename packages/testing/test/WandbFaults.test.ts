import { assert, describe, it } from "@effect/vitest"
import { Effect, HashMap, Layer, Logger, LogLevel, Option } from "effect"
import * as Scheduler from "@sweepline/core/Scheduler"
import { sweepConfig } from "../src/Fixtures.js"
import * as ImpatientClock from "./ImpatientClock.js"
import * as WandbWorld from "./WandbWorld.js"

describe("a sweep over a W&B", () => {
  it.live(
    "of which a fifth of the answers goes wrong still ends COMPLETED, with each run launched once",
    () =>
      ImpatientClock.run(
        Effect.scoped(
          Effect.gen(function* () {
            const runs = Number(process.env["RUNS"] ?? 60),
              workers = Number(process.env["WORKERS"] ?? 10)
            const world = yield* WandbWorld.make({ faultOf: WandbWorld.someOf(0.2, Number(process.env["SEED"] ?? 42)) })
            const sweep = yield* world.backend.createSweep({
              config: sweepConfig(`run_cap: ${runs}`),
              name: "s",
              seed: 0
            })
            const { launches, working } = WandbWorld.launchAgent(world, {
              every: "2 seconds",
              lasting: "30 seconds",
              atOnce: 100
            })
            yield* Effect.forkScoped(working)
            const reported: Array<string> = []
            const logger = Logger.make<unknown, void>(({ annotations, message, date }) => {
              const line = `${date.getTime() / 1000} ${String(message)} ${Option.getOrElse(HashMap.get(annotations, "runId"), () => "")} ${Option.getOrElse(HashMap.get(annotations, "detail"), () => "")}`
              reported.push(line)
              if (!line.includes("Could not read run state")) process.stdout.write(line.slice(0, 200) + "\n")
            })
            const t0 = performance.now()
            const outcome = yield* Effect.flatMap(Scheduler.Scheduler, (it) => it.run(sweep)).pipe(
              Effect.provide(WandbWorld.scheduler(world, { workers })),
              Effect.provide(
                Layer.merge(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.Info))
              )
            )
            console.log(
              "real ms",
              performance.now() - t0,
              "virtual",
              (yield* Effect.clockWith((c) => c.currentTimeMillis)) / 1000
            )
            console.log([...world.requests])
            console.log(
              reported
                .filter((l) => !l.includes("Added run") && !l.includes("Could not read run state"))
                .slice(-60)
                .join("\n")
            )
            console.log(outcome)
            assert.deepInclude(outcome, { state: "COMPLETED", exitCode: 0 })
            assert.deepStrictEqual(
              [...launches].filter(([, n]) => n > 1),
              []
            )
            const records = yield* world.backend.runs(sweep)
            const states = new Map<string, number>()
            for (const { state } of records) states.set(state, (states.get(state) ?? 0) + 1)
            console.log([...states], launches.size)
          })
        )
      ),
    Number(process.env["T"] ?? 60_000)
  )
})
