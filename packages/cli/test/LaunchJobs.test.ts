import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import type { Launch } from "@sweepline/api-client/LaunchAgentQueue"
import { WandbClient } from "@sweepline/api-client/WandbClient"
import * as Credentials from "@sweepline/api-client/Credentials"
import * as WandbSettings from "@sweepline/api-client/WandbSettings"
import { JobBuilder } from "@sweepline/core/JobBuilder"
import { QueueItemId } from "@sweepline/core/QueueItemId"
import { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import { SweepId } from "@sweepline/core/SweepId"
import * as RunFolder from "@sweepline/executors/RunFolder"
import { Effect, Either, Layer, Option } from "effect"
import * as LaunchJobs from "../src/wandb/LaunchJobs.js"

describe("what a launch agent starts", () => {
  for (const name of ["k3p9x0qa", "../my run"]) {
    it.effect(`has the folder that the engine makes for it: run ${name}`, () =>
      Effect.gen(function* () {
        const { env } = yield* built(launchOf(RunId.make(name)))
        const folder = env.get("WANDB_DIR")
        assert.strictEqual(folder, RunFolder.make("/state/runs", RunKey.make(RunId.make(name), 1)).run)
        assert.match(String(folder), /^\/state\/runs\/[^/]+$/)
      })
    )
  }
})

describe("the folder of a launched run", () => {
  it.scoped("says for which item each attempt was started, before anything runs", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const runs = yield* fs.makeTempDirectoryScoped()
      const launch = launchOf(RunId.make("k3p9x0qa"))
      const itemOf = LaunchJobs.itemOf(runs)
      assert.deepStrictEqual(yield* itemOf(launch.key), Option.none())
      const { files } = yield* built(launch)
      RunFolder.layOut(RunFolder.make(runs, launch.key), files)
      assert.deepStrictEqual(yield* itemOf(launch.key), Option.some(launch.id))
      assert.deepStrictEqual(yield* itemOf(RunKey.make(launch.run, 2)), Option.none())
      RunFolder.layOut(RunFolder.make(runs, launch.key), new Map(Array.from(files, ([name]) => [name, ""])))
      assert.deepStrictEqual(yield* itemOf(launch.key), Option.none())
    }).pipe(Effect.provide(NodeContext.layer))
  )
})

// fixtures

const settings = {
  ...Either.getOrThrow(WandbSettings.resolve({ files: new Map(), environment: new Map() })),
  credentials: Credentials.Credentials.Identity({ token: Effect.never })
}

const launchOf = (run: RunId): Launch => ({
  id: QueueItemId.make("item1"),
  key: RunKey.make(run, 1),
  run,
  queue: "q",
  item: {
    run,
    name: undefined,
    entity: "ent",
    project: "proj",
    author: undefined,
    sweep: undefined,
    job: undefined,
    image: undefined,
    uri: undefined,
    resource: undefined,
    isScheduler: false,
    entryPoint: ["python", "train.py"],
    args: [],
    runConfig: new Map()
  }
})

const built = (launch: Launch) =>
  Effect.flatMap(JobBuilder, ({ build }) =>
    build(
      {
        key: launch.key,
        sweep: SweepId.make("s"),
        run: launch.run,
        attempt: 1,
        queue: "q",
        priority: 0,
        executable: { kind: "program" },
        trial: new Map(),
        entryPoint: undefined,
        launch: new Map(),
        author: undefined
      },
      { name: "1", device: false, env: new Map() }
    )
  ).pipe(
    Effect.provide(
      LaunchJobs.layer({
        runsDirectory: "/state/runs",
        workingDirectory: "/work",
        sweepline: ["sweepline"],
        launch: () => launch
      }).pipe(
        Layer.provide([
          NodeContext.layer,
          Layer.mock(WandbClient, {}),
          Layer.succeed(WandbSettings.WandbSettings, settings),
          Layer.succeed(
            HttpClient.HttpClient,
            HttpClient.make(() => Effect.die("nothing is fetched"))
          )
        ])
      )
    )
  )
