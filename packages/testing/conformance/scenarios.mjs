// What the real SDK does, and what must come of it.
import assert from "node:assert/strict"
import { mkdirSync, writeFileSync, copyFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { finishedGrid, until } from "./world.mjs"

const here = dirname(fileURLToPath(import.meta.url))

/** Writes a sweep config that runs `train.py`; answers the file. */
const sweepFile = (world, name, more = {}) => {
  copyFileSync(join(here, "python", "train.py"), join(world.folder, "train.py"))
  const file = join(world.folder, name)
  const config = {
    program: "train.py",
    method: "grid",
    metric: { name: "loss", goal: "minimize" },
    parameters: { lr: { values: [0.1, 0.00001] } },
    ...more
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

const createSweep = async (world, file) => {
  const output = await world.wandb(["sweep", "-p", "proj", "-e", "ent", file])
  const [, id] = /Creating sweep with ID: .*?([a-z0-9]{8})/.exec(output) ?? []
  assert.ok(id, output)
  return id
}

const registerAgent = (world, sweep) =>
  world.gql(
    'mutation CreateAgent($sweep: String!) { createAgent(input: {host: "h", entityName: "ent", projectName: "proj", sweep: $sweep}) { agent { id } } }',
    { sweep }
  )

/** A job of a folder with `train.py`. */
export const createJob = async (world, name) => {
  const folder = join(world.folder, `job-${name}`)
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(here, "python", "train.py"), join(folder, "train.py"))
  writeFileSync(join(folder, "requirements.txt"), "wandb\n")
  const args = ["job", "create", "code", "--project", "proj", "--entity", "ent", "--name", name]
  await world.wandb([...args, "--entry-point", "python train.py", folder])
  return `ent/proj/${name}:latest`
}

export const scenarios = {
  "a run arrives intact: config, summary, history, output, files": async (world) => {
    await world.python("log.py", ["intact"])
    const read = await world.json("read.py", ["intact"])
    const steps = Array.from({ length: 20 }, (_, n) => n)
    const losses = steps.map((n) => 1 / (n + 1))
    assert.equal(read.state, "finished")
    assert.deepEqual([read.name, read.notes, read.group, read.job_type], ["A run", "a note", "g", "train"])
    assert.deepEqual(read.tags, ["a", "b"])
    assert.deepEqual(read.config, { lr: 0.1, depth: 3, text: "é <&> \u2028", nested: { list: [1, 2.5, null, true] } })
    assert.deepEqual(read.steps, steps)
    assert.deepEqual(read.losses, losses)
    assert.deepEqual(read.scanned, losses)
    assert.equal(read.sampled, 20)
    // W&B tells what is no number as a text.
    assert.deepEqual(read.third, { nested: { x: 3 }, nan: "NaN", big: 2 ** 60 })
    assert.equal(read.summary.loss, 0.05)
    assert.equal(read.summary.best, 0.05)
    assert.equal(read.summary._step, 19)
    for (const file of ["config.yaml", "output.log", "wandb-metadata.json", "wandb-summary.json"]) {
      assert.ok(read.files.includes(file), file)
    }
    const { project } = await world.gql(
      '{ project(name: "proj", entityName: "ent") { run(name: "intact") { logLines(first: 10) { edges { node { line } } } } } }'
    )
    assert.ok(project.run.logLines.edges.some(({ node }) => node.line === "a line of output"))
  },

  "a run is resumed where it ended": async (world) => {
    await world.python("log.py", ["again"])
    assert.match(await world.python("resume.py", ["again"]), /resumed=True step=20 lr=0.1/)
    const read = await world.json("read.py", ["again"])
    assert.equal(read.state, "finished")
    assert.deepEqual(
      read.steps,
      Array.from({ length: 21 }, (_, n) => n)
    )
    assert.equal(read.losses.at(-1), 0.001)
  },

  "a run is stopped by the server": async (world) => {
    const program = world.startPython("wait.py", ["stopped", "600"])
    await until("the run runs", async () => (await world.runState("stopped")) === "running")
    await world.python("stop.py", ["stopped"])
    assert.equal(await program.ended, "SIGINT", program.output)
    await until("the run is killed", async () => (await world.runState("stopped")) === "killed")
  },

  "a run outlives a restart of the server": (shared) =>
    shared.apart("restarted", async (world) => {
      const program = world.startPython("wait.py", ["survivor", "30"])
      await until("the run runs", async () => (await world.runState("survivor")) === "running")
      await world.stop()
      await sleep(2000)
      await world.start()
      assert.equal(await program.ended, 0, program.output)
      const { project } = await world.gql(
        '{ project(name: "proj", entityName: "ent") { run(name: "survivor") { state historyLineCount } } }'
      )
      assert.deepEqual(project.run, { state: "finished", historyLineCount: 30 })
    }),

  "an artifact is logged, and used by another run": async (world) => {
    assert.match(await world.python("artifact.py", ["art"]), /v0 7002 \{'k': 1\} hi/)
  },

  "a wrong key is refused": async (world) => {
    const program = world.startPython("read.py", ["intact"], { WANDB_API_KEY: "f".repeat(40) })
    assert.equal(await program.ended, 1)
    assert.match(program.output, /401|not logged in|API key|permission/i)
  },

  "wandb sweep creates a sweep, pauses, resumes and stops it": async (world) => {
    const sweep = await createSweep(world, sweepFile(world, "states.json"))
    assert.equal(await world.sweepState(sweep), "PENDING")
    await registerAgent(world, sweep)
    for (const [flag, state] of [
      ["--pause", "PAUSED"],
      ["--resume", "RUNNING"],
      ["--stop", "FINISHED"]
    ]) {
      await world.wandb(["sweep", flag, `ent/proj/${sweep}`])
      assert.equal(await world.sweepState(sweep), state)
    }
  },

  "wandb sweep cancels a sweep and its runs": async (world) => {
    const sweep = await createSweep(world, sweepFile(world, "cancelled.json"))
    await registerAgent(world, sweep)
    await world.gql(
      'mutation UpsertBucket($sweep: String) { upsertBucket(input: {name: "cancelled", modelName: "proj", host: "h", sweep: $sweep}) { inserted } }',
      { sweep }
    )
    await world.wandb(["sweep", "--cancel", `ent/proj/${sweep}`])
    assert.equal(await world.sweepState(sweep), "CANCELED")
    const { project } = await world.gql(
      '{ project(name: "proj", entityName: "ent") { run(name: "cancelled") { stopped } } }'
    )
    assert.equal(project.run.stopped, true)
  },

  "wandb agent finishes a grid": async (world) => {
    const sweep = await createSweep(world, sweepFile(world, "grid.json"))
    await world.wandb(["agent", `ent/proj/${sweep}`], { timeout: 240_000 })
    assert.deepEqual(await world.json("sweep.py", [sweep]), finishedGrid)
  },

  "wandb launch-sweep queues a scheduler": async (world) => {
    await world.queue("launched")
    const file = sweepFile(world, "launched.json", {
      image_uri: "myimage:tag",
      launch: { queue: "launched", priority: 1 },
      scheduler: { num_workers: 2 }
    })
    const output = await world.wandb(["launch-sweep", "-p", "proj", "-e", "ent", file])
    const [, sweep] = /Created sweep with ID: .*?([a-z0-9]{8})/.exec(output) ?? []
    assert.ok(sweep, output)
    const { popFromRunQueue } = await world.gql(
      'mutation popFromRunQueue { popFromRunQueue(input: {entityName: "ent", projectName: "model-registry", queueName: "launched"}) { runSpec } }'
    )
    assert.deepEqual(popFromRunQueue.runSpec, {
      overrides: {
        run_config: { launch: { queue: "launched", priority: 1 }, scheduler: { num_workers: 2 } },
        args: ["--queue", "'launched'", "--project", "'proj'", "--author", "'usr'", "--image_uri", "myimage:tag"],
        entry_point: ["wandb", "scheduler", sweep]
      },
      uri: "placeholder-uri-scheduler",
      entity: "ent",
      project: "proj",
      name: `Scheduler.${sweep}`,
      docker: {},
      resource: "local-process",
      git: {},
      run_id: sweep
    })
    assert.equal(await world.sweepState(sweep), "PENDING")
  },

  "wandb scheduler and wandb launch-agent work off a grid over the queue": async (world) => {
    await world.queue("jobs")
    const job = await createJob(world, "fit")
    const sweep = await createSweep(world, sweepFile(world, "jobs.json", { program: undefined, job }))
    const agent = world.startWandb(["launch-agent", "-q", "jobs", "-e", "ent", "-j", "2"])
    try {
      // As a launch agent starts it: its own run is named after the sweep.
      const env = {
        WANDB_PROJECT: "proj",
        WANDB_RUN_ID: sweep,
        WANDB_LAUNCH: "True",
        WANDB_CONFIG: JSON.stringify({ launch: { resource: "local-process" } })
      }
      const options = ["--queue", "jobs", "--project", "proj", "--entity", "ent", "--job", job]
      // With one worker: where several are at work, it kills the others once search has nothing more (RD36).
      const output = await world.wandb(["scheduler", sweep, ...options, "--num_workers", "1", "--polling_sleep", "2"], {
        env,
        timeout: 240_000
      })
      assert.match(output, /Scheduler completed/)
    } finally {
      agent.child.kill("SIGINT")
      await agent.ended
    }
    const read = await world.json("sweep.py", [sweep])
    assert.equal(read.state, finishedGrid.state)
    assert.deepEqual(read.runs, finishedGrid.runs)
    assert.equal(await world.runState(sweep), "finished")
  },

  "nothing that the SDK sent was refused": async (world) => world.refusedNothing()
}
