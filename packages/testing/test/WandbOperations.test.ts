import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { ArtifactMembershipByName } from "@sweepline/api-client/operations/ArtifactMembershipByName"
import { AckRunQueueItem } from "@sweepline/api-client/operations/AckRunQueueItem"
import { ArtifactById } from "@sweepline/api-client/operations/ArtifactById"
import { ArtifactFiles } from "@sweepline/api-client/operations/ArtifactFiles"
import { CreateLaunchAgent } from "@sweepline/api-client/operations/CreateLaunchAgent"
import { FailRunQueueItem } from "@sweepline/api-client/operations/FailRunQueueItem"
import { LaunchAgent } from "@sweepline/api-client/operations/LaunchAgent"
import { PopFromRunQueue } from "@sweepline/api-client/operations/PopFromRunQueue"
import { UpdateLaunchAgent } from "@sweepline/api-client/operations/UpdateLaunchAgent"
import { CreateAgent } from "@sweepline/api-client/operations/CreateAgent"
import * as CreateAgentBatch from "@sweepline/api-client/operations/CreateAgentBatch"
import { CreateRunQueue } from "@sweepline/api-client/operations/CreateRunQueue"
import { GetRunQueueItem } from "@sweepline/api-client/operations/GetRunQueueItem"
import { GetSweeps } from "@sweepline/api-client/operations/GetSweeps"
import { GetSweepState } from "@sweepline/api-client/operations/GetSweepState"
import { Heartbeat } from "@sweepline/api-client/operations/Heartbeat"
import * as HeartbeatBatch from "@sweepline/api-client/operations/HeartbeatBatch"
import { HistoryPage } from "@sweepline/api-client/operations/HistoryPage"
import { ProjectRunQueues } from "@sweepline/api-client/operations/ProjectRunQueues"
import * as PushBatch from "@sweepline/api-client/operations/PushBatch"
import { PushToRunQueue } from "@sweepline/api-client/operations/PushToRunQueue"
import { pushToRunQueueByName, pushToRunQueueByNameOlder } from "@sweepline/api-client/operations/PushToRunQueueByName"
import * as ReadBatch from "@sweepline/api-client/operations/ReadBatch"
import { RunHistoryKeys } from "@sweepline/api-client/operations/RunHistoryKeys"
import { RunQueueItems } from "@sweepline/api-client/operations/RunQueueItems"
import { RunResumeStatus } from "@sweepline/api-client/operations/RunResumeStatus"
import { RunState } from "@sweepline/api-client/operations/RunState"
import { RunStoppedStatus } from "@sweepline/api-client/operations/RunStoppedStatus"
import { StopRun } from "@sweepline/api-client/operations/StopRun"
import { Sweep } from "@sweepline/api-client/operations/Sweep"
import { SweepWithRuns } from "@sweepline/api-client/operations/SweepWithRuns"
import { UpsertBucket } from "@sweepline/api-client/operations/UpsertBucket"
import * as UpsertSweep from "@sweepline/api-client/operations/UpsertSweep"
import { UpsertSweepState } from "@sweepline/api-client/operations/UpsertSweepState"
import { Viewer } from "@sweepline/api-client/operations/Viewer"
import * as RetryPolicy from "@sweepline/api-client/RetryPolicy"
import { WandbClient } from "@sweepline/api-client/WandbClient"
import * as WandbWorld from "./WandbWorld.js"

const pushes = [true, false].flatMap((priority) =>
  [true, false].map((templateVariableValues) => pushToRunQueueByName({ priority, templateVariableValues }))
)
const path = { entity: "e", project: "p" }
const batches = [
  PushBatch.make(
    ["a", "b"].map((run) => ({
      entityName: "e",
      projectName: "model-registry",
      queueName: "q",
      runSpec: JSON.stringify({ run_id: run }),
      priority: 2
    }))
  ),
  CreateAgentBatch.make([
    { host: "a", sweep: "s", projectName: "proj", entityName: "ent" },
    { host: "b", sweep: "s", projectName: "proj", entityName: "ent" }
  ]),
  HeartbeatBatch.make([
    { id: "a", runState: "{}" },
    { id: "b", runState: "{}" }
  ]),
  ReadBatch.make({
    runs: [
      { ...path, run: "a" },
      { ...path, run: "b" }
    ],
    sweeps: [{ ...path, sweep: "s" }],
    items: [{ ...path, queue: "q", item: "i" }],
    listings: [{ ...path, queue: "r" }]
  })
]

/** Every document that the client can send. */
const documents: ReadonlyArray<string> = [
  ...[
    AckRunQueueItem,
    ArtifactById,
    ArtifactFiles,
    ArtifactMembershipByName,
    CreateAgent,
    CreateLaunchAgent,
    CreateRunQueue,
    FailRunQueueItem,
    GetRunQueueItem,
    GetSweeps,
    GetSweepState,
    Heartbeat,
    HistoryPage,
    LaunchAgent,
    PopFromRunQueue,
    ProjectRunQueues,
    PushToRunQueue,
    pushToRunQueueByNameOlder,
    RunHistoryKeys,
    RunQueueItems,
    RunResumeStatus,
    RunState,
    RunStoppedStatus,
    StopRun,
    Sweep,
    SweepWithRuns,
    UpdateLaunchAgent,
    UpsertBucket,
    UpsertSweepState,
    Viewer,
    ...UpsertSweep.launching,
    ...UpsertSweep.older,
    ...pushes
  ].map(({ document }) => document),
  ...batches.map(({ document }) => document)
]

describe("a document of the client", () => {
  it.scoped("is one that the server's schema allows, whatever the server then says to it", () =>
    Effect.gen(function* () {
      const world = yield* WandbWorld.make()
      const answers = yield* WandbWorld.faultless(
        world,
        Effect.flatMap(WandbClient, (client) =>
          Effect.forEach(documents, (document) => Effect.either(client.ask(document, {}, RetryPolicy.once)))
        )
      )
      for (const [n, answer] of answers.entries()) {
        const words = Either.match(answer, {
          onLeft: ({ detail }) => detail,
          onRight: ({ errors }) => errors.map(({ message }) => message).join("; ")
        })
        // Without variables, those that must be given are missed; what isn't in the schema is missed before that.
        const left = words.replaceAll(/Variable "\$\w+" of required type "[\w![\]]+" was not provided\./g, "")
        assert.notMatch(left, /Cannot query|Unknown|is not defined|expecting type|Syntax Error|argument/, documents[n])
      }
    })
  )

  it.scoped("that the schema doesn't allow would be noticed", () =>
    Effect.gen(function* () {
      const world = yield* WandbWorld.make()
      const document = RunState.document.replace("state", "mood")
      const answer = yield* WandbWorld.faultless(
        world,
        Effect.flatMap(WandbClient, (client) => client.ask(document, {}, RetryPolicy.once))
      )
      assert.include(JSON.stringify(answer.errors), 'Cannot query field \\"mood\\"')
    })
  )
})
