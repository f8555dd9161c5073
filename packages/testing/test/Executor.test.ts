import { Effect, Layer } from "effect"
import { Executor, type Job } from "@sweepline/core/Executor"
import * as LocalExecutor from "@sweepline/executors/LocalExecutor"
import * as DurationModel from "@sweepline/simulation/DurationModel"
import * as MetricModel from "@sweepline/simulation/MetricModel"
import * as SimulatedEngine from "@sweepline/simulation/SimulatedEngine"
import * as SimulatedExecutor from "@sweepline/simulation/SimulatedExecutor"
import { Ending } from "@sweepline/simulation/SimulatedJob"
import * as ExecutorSuite from "../src/ExecutorSuite.js"
import { temporaryFolder } from "./sqlite.js"

const job = (...argv: Job["argv"]): Job => ({ argv, env: new Map(), cwd: "/", files: new Map() })

const open = <E, R>(layer: Layer.Layer<Executor | R, E>) =>
  Effect.flatMap(Layer.build(Layer.fresh(layer)), (context) => Effect.provide(Executor, context))

ExecutorSuite.suite(
  "simulated",
  Effect.sync(() => {
    const endings: Readonly<Record<string, Ending>> = {
      fails: Ending.Fails({ code: 3, after: 1 }),
      stays: Ending.Hangs()
    }
    const engine = SimulatedEngine.make({
      duration: DurationModel.constant(5),
      failure: ({ job }) => endings[job.argv[0]] ?? Ending.Succeeds(),
      metrics: MetricModel.steps(1, () => () => ({ ran: 1 }))
    })
    return {
      open: open(SimulatedExecutor.layerEngine(engine)),
      jobs: { prints: job("prints"), fails: job("fails"), stays: job("stays") }
    }
  })
)

ExecutorSuite.suite(
  "processes",
  Effect.map(temporaryFolder, (folder) => ({
    open: open(
      LocalExecutor.layer({
        runs: `${folder}/runs`,
        environment: { PATH: "/usr/bin:/bin", HOME: folder },
        lookInterval: "20 millis"
      })
    ),
    jobs: {
      prints: job("/bin/echo", '{"ran":1}'),
      fails: job("/bin/sh", "-c", "exit 3"),
      stays: job("/bin/sleep", "60"),
      resists: job("/bin/sh", "-c", `trap '' TERM; echo '{"ran":1}'; while :; do sleep 1; done`)
    }
  }))
)
