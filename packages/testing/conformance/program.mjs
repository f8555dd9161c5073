// What the sweepline program does with the real SDK, and what must come of it.
import assert from "node:assert/strict"
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { run, start } from "./processes.mjs"
import { finishedGrid, until } from "./world.mjs"

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, "..", "..", "..")
export const binary = join(root, "packages", "cli", "bin", "sweepline.cjs")

/** A folder, and sweepline in it as a person has it who has never heard of W&B: no key, no settings, no netrc. */
export class Place {
  /** The same of a person who is logged in at the world's server. */
  static loggedIn(world, name) {
    return new Place(world, name, {
      WANDB_BASE_URL: `http://127.0.0.1:${world.port}`,
      WANDB_API_KEY: world.key,
      WANDB_ENTITY: "ent",
      WANDB_PROJECT: "proj",
      WANDB_ERROR_REPORTING: "false"
    })
  }

  constructor({ folder, venv }, name, env = {}) {
    this.folder = join(folder, name)
    mkdirSync(join(this.folder, "home"), { recursive: true })
    const { LANG, PATH, TMPDIR } = process.env
    this.env = {
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      HOME: join(this.folder, "home"),
      LANG: LANG ?? "C.UTF-8",
      PATH: `${join(venv, "bin")}:${PATH}`,
      ...env
    }
  }

  /** Starts sweepline. */
  start(...args) {
    return start(process.execPath, [binary, ...args], { cwd: this.folder, env: this.env })
  }

  /** Runs sweepline to its end; answers what it wrote on standard output. */
  async sweepline(...args) {
    const options = { cwd: this.folder, env: this.env, timeout: 240_000 }
    const { stdout } = await run(process.execPath, [binary, ...args], options)
    return stdout
  }

  /** The objects that sweepline writes with `--json`, or as JSON lines. */
  async objects(...args) {
    return lines(await this.sweepline(...args))
  }
}

const lines = (text) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))

/** What an agent asks a server about its sweep, each operation once for as often as it comes in a row. */
const agentProtocol = (operations) => {
  const names = operations
    .map(({ operation }) => operation)
    // W&B's agent reads the runs of a sweep, too, and looks at none of them.
    .map((name) => (name === "Sweep" ? "SweepWithRuns" : name))
    .filter((name) => ["SweepWithRuns", "CreateAgent", "Heartbeat"].includes(name))
  return names.filter((name, n) => name !== names[n - 1])
}

/** The rows that the runs of a place's newest sweep logged with the SDK. */
const history = async (place) =>
  (await place.objects("export", "--history", "--format", "jsonl")).map(({ run: id, values }) => ({ id, ...values }))

export const programScenarios = {
  "examples/wandb runs under sweepline run: no login, stopped early, in show and best": async (world) => {
    const place = new Place(world, "example")
    const sweep = join(root, "examples", "wandb", "sweep.yaml")
    const events = await place.objects("run", sweep, "--seed", "2", "--workers", "2", "--json")
    const ended = events.at(-1)
    assert.equal(ended.type, "SweepEnded")
    assert.equal(ended.state, "COMPLETED")
    assert.ok(ended.runs.killed >= 1, JSON.stringify(ended))
    assert.equal(ended.runs.finished + ended.runs.killed, 8)
    const rows = await history(place)
    const best = rows.filter(({ id }) => id === ended.best.run)
    assert.equal(best.length, 32, "every row of a run that finished has arrived")
    assert.equal(best.at(-1).val_loss, ended.best.value)
    const runs = await place.objects("export", "--format", "jsonl")
    const killed = runs.find(({ state }) => state === "killed")
    assert.equal(killed.stop, "EarlyStopped")
    assert.match(await place.sweepline("show", killed.id, "--why"), /stopped early, by hyperband/)
    assert.match(await place.sweepline("best"), new RegExp(ended.best.run))
  },

  "a run goes on logging where sweepline is killed and resumed": async (world) => {
    const place = new Place(world, "restart")
    const go = join(place.folder, "go")
    writeFileSync(
      join(place.folder, "train.py"),
      "import os, time, wandb\n" +
        "run = wandb.init(project='ignored', entity='ignored')\n" +
        "for n in range(30):\n    run.log({'n': n, 'loss': run.config.x / (n + 1)})\n" +
        // It can't end before sweepline is killed, however long that takes.
        `    while n == 9 and not os.path.exists(${JSON.stringify(go)}): time.sleep(0.1)\n` +
        "run.finish()\n"
    )
    writeFileSync(
      join(place.folder, "sweep.yaml"),
      "program: train.py\nmethod: grid\nmetric: {name: loss, goal: minimize}\nparameters: {x: {values: [1]}}\n"
    )
    const first = place.start("run", "sweep.yaml")
    await until(
      "the run logs",
      async () => first.stdout !== "" && (await history(place)).length > 3,
      60,
      () => first.output
    )
    first.child.kill("SIGKILL")
    await first.ended
    writeFileSync(go, "")
    const ended = (await place.objects("resume", "--json")).at(-1)
    assert.equal(ended.state, "COMPLETED")
    assert.deepEqual(ended.runs.finished, 1)
    const rows = await history(place)
    assert.deepEqual(
      rows.map(({ n }) => n),
      Array.from({ length: 30 }, (_, n) => n)
    )
  },

  "sweepline agent finishes a grid, and asks the server what wandb agent asks": (shared) =>
    shared.apart("agents", async (world) => {
      const place = Place.loggedIn(world, "agent")
      copyFileSync(join(here, "python", "train.py"), join(place.folder, "train.py"))
      const file = join(place.folder, "sweep.json")
      const parameters = { lr: { values: [0.1, 0.00001] } }
      const metric = { name: "loss", goal: "minimize" }
      writeFileSync(file, JSON.stringify({ program: "train.py", method: "grid", metric, parameters }))
      const [, sweep] = /ID: ([a-z0-9]{8})/.exec(await place.sweepline("sweep", file)) ?? []
      assert.ok(sweep)
      const before = world.operations().length
      const events = await place.objects("agent", `ent/proj/${sweep}`, "--json")
      assert.deepEqual(events.at(-1), { type: "AgentEnded", sweep, reason: "Exit", runs: { finished: 2 } })
      assert.deepEqual(await world.json("sweep.py", [sweep]), finishedGrid)
      const ours = world
        .operations()
        .slice(before)
        .filter(({ agent }) => agent.includes("(sweepline)"))

      // The same by W&B's own agent.
      copyFileSync(join(here, "python", "train.py"), join(world.folder, "train.py"))
      const [, other] = /ID: ([a-z0-9]{8})/.exec(await place.sweepline("sweep", file)) ?? []
      const since = world.operations().length
      await world.wandb(["agent", `ent/proj/${other}`])
      assert.deepEqual(agentProtocol(ours), ["SweepWithRuns", "CreateAgent", "Heartbeat"])
      assert.deepEqual(agentProtocol(ours), agentProtocol(world.operations().slice(since)))
    }),

  "sweepline serve takes what the SDK and wandb agent send": async (world) => {
    const place = new Place(world, "serve")
    const server = place.start("serve", "--port", "0", "--entity", "ent", "--json")
    try {
      await until(
        "the server listens",
        () => server.stdout.includes("\n"),
        30,
        () => server.output
      )
      const { apiKey, url } = JSON.parse(server.stdout)
      const client = new Place(world, "client", { WANDB_API_KEY: apiKey, WANDB_BASE_URL: url, WANDB_ENTITY: "ent" })
      const options = { cwd: client.folder, env: client.env, timeout: 240_000 }
      copyFileSync(join(here, "python", "train.py"), join(client.folder, "train.py"))
      const file = join(client.folder, "sweep.json")
      writeFileSync(
        file,
        JSON.stringify({
          program: "train.py",
          method: "grid",
          metric: { name: "loss" },
          parameters: { lr: { values: [0.5] } }
        })
      )
      const wandb = join(world.venv, "bin", "wandb")
      const { output } = await run(wandb, ["sweep", "-p", "proj", file], options)
      const [, sweep] = /Creating sweep with ID: .*?([a-z0-9]{8})/.exec(output) ?? []
      await run(wandb, ["agent", `ent/proj/${sweep}`], options)
    } finally {
      server.child.kill("SIGINT")
    }
    assert.equal(await server.ended, 0, server.output)
    const [listed] = await place.objects("list", "--json")
    assert.deepEqual([listed.state, listed.runs.finished], ["FINISHED", 1])
  },

  "sweepline launch-agent runs a scheduler and its runs, of a job that wandb made": (shared) =>
    shared.apart("launches", async (world) => {
      const place = Place.loggedIn(world, "launch")
      const code = join(place.folder, "code")
      mkdirSync(code)
      copyFileSync(join(here, "python", "train.py"), join(code, "train.py"))
      writeFileSync(join(code, "requirements.txt"), "wandb\n")
      const create = ["job", "create", "code", "--project", "proj", "--entity", "ent", "--name", "own"]
      const options = { cwd: place.folder, env: place.env, timeout: 240_000 }
      await run(join(world.venv, "bin", "wandb"), [...create, "--entry-point", "python train.py", code], options)
      await world.queue("own")
      const file = join(place.folder, "sweep.json")
      const sweepConfig = {
        job: "ent/proj/own:latest",
        method: "grid",
        metric: { name: "loss", goal: "minimize" },
        parameters: { lr: { values: [0.1, 0.00001] } },
        scheduler: { num_workers: 2 }
      }
      writeFileSync(file, JSON.stringify(sweepConfig))
      const agent = place.start("launch-agent", "--queue", "own", "--max-jobs", "2", "--json")
      try {
        const [, sweep] = /ID: ([a-z0-9]{8})/.exec(await place.sweepline("launch-sweep", file, "--queue", "own")) ?? []
        assert.ok(sweep)
        await until(
          "the scheduler has ended",
          () => agent.stdout.includes(`"type":"RunEnded","run":"${sweep}"`),
          300,
          () => agent.output
        )
        assert.deepEqual(await world.json("sweep.py", [sweep]), finishedGrid)
      } finally {
        agent.child.kill("SIGINT")
      }
      assert.equal(await agent.ended, 130, agent.output)
    })
}
