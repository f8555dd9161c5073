// What the sweepline program does with the real SDK, and what must come of it.
import assert from "node:assert/strict"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { run, start } from "./processes.mjs"
import { until } from "./world.mjs"

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, "..", "..", "..")
const binary = join(root, "packages", "cli", "bin", "sweepline.cjs")

/** A folder, and sweepline in it as a person has it who has never heard of W&B: no key, no settings, no netrc. */
class Place {
  constructor({ folder, venv }, name) {
    this.folder = join(folder, name)
    mkdirSync(join(this.folder, "home"), { recursive: true })
    const { LANG, PATH, TMPDIR } = process.env
    this.env = {
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      HOME: join(this.folder, "home"),
      LANG: LANG ?? "C.UTF-8",
      PATH: `${join(venv, "bin")}:${PATH}`
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
    writeFileSync(
      join(place.folder, "train.py"),
      "import time, wandb\n" +
        "run = wandb.init(project='ignored', entity='ignored')\n" +
        "for n in range(30):\n    run.log({'n': n, 'loss': run.config.x / (n + 1)})\n    time.sleep(0.4)\n" +
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
    const ended = (await place.objects("resume", "--json")).at(-1)
    assert.equal(ended.state, "COMPLETED")
    assert.deepEqual(ended.runs.finished, 1)
    const rows = await history(place)
    assert.deepEqual(
      rows.map(({ n }) => n),
      Array.from({ length: 30 }, (_, n) => n)
    )
  }
}
