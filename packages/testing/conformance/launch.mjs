// What sweepline's scheduler does over the queue, with W&B's own launch agent executing the runs.
import assert from "node:assert/strict"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { binary, Place } from "./program.mjs"
import { createJob } from "./scenarios.mjs"
import { finishedGrid, until } from "./world.mjs"

/** A grid of two for a job. */
const config = (job, more = {}) =>
  JSON.stringify({
    method: "grid",
    metric: { name: "loss", goal: "minimize" },
    job,
    parameters: { lr: { values: [0.1, 0.00001] } },
    ...more
  })

const idIn = (output) => {
  const [, sweep] = /ID: ([a-z0-9]{8})/.exec(output) ?? []
  assert.ok(sweep, output)
  return sweep
}

/** What W&B's own scheduler asks for each of our operations: some of ours ask several things at once. */
const asW = new Map([
  ["Sweep", ["SweepWithRuns"]],
  ["Reads", ["RunState", "GetSweepState", "GetRunQueueItem"]],
  ["CreateAgents", ["CreateAgent"]],
  ["Heartbeats", ["Heartbeat"]],
  ["UpsertSweepState", ["UpsertSweep"]]
])

/** What `wandb scheduler` asks in the life of a sweep, with a job and its own run (H.4, B.6). */
const schedulerProtocol = [
  "ArtifactMembershipByName",
  "CreateAgent",
  "GetRunQueueItem",
  "GetSweepState",
  "Heartbeat",
  "RunResumeStatus",
  "RunState",
  "SweepWithRuns",
  "UpsertBucket",
  "UpsertSweep",
  "file_stream",
  "pushToRunQueueByName"
]

const assertGrid = async (world, sweep) => {
  const { runs, state } = await world.json("sweep.py", [sweep])
  assert.deepEqual({ runs, state }, { runs: finishedGrid.runs, state: finishedGrid.state })
}

export const launchScenarios = {
  "sweepline scheduler and wandb launch-agent work off a grid, with the operations of wandb scheduler": async (
    world
  ) => {
    await world.queue("ours")
    const job = await createJob(world, "ours")
    const place = Place.loggedIn(world, "scheduler")
    const file = join(place.folder, "sweep.json")
    writeFileSync(file, config(job))
    const sweep = idIn(await place.sweepline("sweep", file))
    const agent = world.startWandb(["launch-agent", "-q", "ours", "-e", "ent", "-j", "2"])
    const before = world.operations().length
    let serverEnded = false
    try {
      // Spelled and quoted as a launch agent hands it on.
      place.env.WANDB_LAUNCH = "True"
      place.env.WANDB_RUN_ID = sweep
      place.env.WANDB_CONFIG = JSON.stringify({ launch: { resource: "local-process" } })
      const options = ["--queue", "'ours'", "--project", "'proj'", "--entity", "ent", "--job", `'${job}'`]
      const pace = ["--num_workers", "2", "--polling_sleep", "2", "--json"]
      const events = await place.objects("scheduler", sweep, ...options, ...pace)
      const { exitCode, reason, runs, state } = events.at(-1)
      assert.deepEqual([state, exitCode, runs], ["COMPLETED", 0, { finished: 2 }])
      // The server writes FINISHED as it says that nothing is left: whichever is heard first is the reason.
      assert.ok(["SearchExhausted", "SweepFinished"].includes(reason), reason)
      serverEnded = reason === "SweepFinished"
    } finally {
      agent.child.kill("SIGINT")
      await agent.ended
    }
    await assertGrid(world, sweep)
    assert.equal(await world.runState(sweep), "finished")
    const ours = world
      .operations()
      .slice(before)
      .filter(({ agent: client }) => client.includes("(sweepline)"))
      .flatMap(({ operation }) => asW.get(operation) ?? [operation])
    const asked = new Set(ours)
    // A state that the server has written is not written again.
    const expected = schedulerProtocol.filter((operation) => !(serverEnded && operation === "UpsertSweep"))
    assert.deepEqual(
      expected.filter((operation) => !asked.has(operation)),
      [],
      [...asked].join(" ")
    )
  },

  "sweepline launch-sweep queues a scheduler, and wandb launch-agent starts sweepline's in the place of W&B's": async (
    world
  ) => {
    await world.queue("swapped")
    const job = await createJob(world, "swapped")
    const place = Place.loggedIn(world, "launch-sweep")
    // `wandb scheduler` is the command line that launch agents start; all else goes to W&B's own program.
    const shims = join(place.folder, "bin")
    mkdirSync(shims)
    const shim = join(shims, "wandb")
    const own = join(world.venv, "bin", "wandb")
    writeFileSync(
      shim,
      `#!/bin/sh\n[ "$1" = scheduler ] && exec '${process.execPath}' '${binary}' "$@"\nexec '${own}' "$@"\n`
    )
    chmodSync(shim, 0o755)
    const file = join(place.folder, "sweep.yml")
    const launch = { queue: "swapped", resource: "local-process" }
    writeFileSync(file, config(job, { launch, scheduler: { num_workers: 2 } }))
    const sweep = idIn(await place.sweepline("launch-sweep", file, "--reference-quoting"))
    const env = { PATH: `${shims}:${place.env.PATH}` }
    const agent = world.startWandb(["launch-agent", "-q", "swapped", "-e", "ent", "-j", "3"], env)
    try {
      await until(
        "the sweep has finished",
        async () => (await world.sweepState(sweep)) === "FINISHED",
        300,
        () => agent.output
      )
      await until("the scheduler's own run has ended", async () => (await world.runState(sweep)) === "finished")
    } finally {
      agent.child.kill("SIGINT")
      await agent.ended
    }
    await assertGrid(world, sweep)
    assert.match(agent.output, /Scheduling sweep|Added run to queue/)
  }
}
