// The server and what a scenario does with it.
import assert from "node:assert/strict"
import { mkdirSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { run, start } from "./processes.mjs"

const here = dirname(fileURLToPath(import.meta.url))

export class World {
  key = "0123456789abcdef0123456789abcdef01234567"
  port = 0
  server = undefined

  constructor({ folder, venv }) {
    this.folder = folder
    this.venv = venv
  }

  /** Starts the server, on the port that it had before if it had one. */
  async start() {
    const server = start(process.execPath, [join(here, "server.mjs"), this.folder, String(this.port), this.key])
    this.server = server
    await until(
      "the server listens",
      () => server.stdout.includes("\n"),
      60,
      () => server.output
    )
    this.port = Number(server.stdout.trim())
  }

  /** A world with a server of its own, for a scenario that restarts it or counts what it is asked. */
  async apart(name, use) {
    const own = new World({ folder: join(this.folder, name), venv: this.venv })
    mkdirSync(own.folder)
    own.port = await freePort()
    await own.start()
    try {
      await use(own)
      own.refusedNothing()
    } finally {
      await own.stop()
    }
  }

  /** Fails where the server refused what an SDK sent, but for telemetry, by design, and keys that aren't its own. */
  refusedNothing() {
    const refused = this.operations().filter(
      ({ agent, operation, status }) => status >= 400 && status !== 401 && agent !== "node" && operation !== "sdk"
    )
    assert.deepEqual(refused, [])
  }

  async stop() {
    this.server?.child.kill("SIGTERM")
    await this.server?.ended
  }

  /** The environment of a client. */
  env(more = {}) {
    const work = join(this.folder, "work")
    mkdirSync(work, { recursive: true })
    const { HOME, LANG, PATH, TMPDIR } = process.env
    return {
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      HOME: HOME ?? work,
      LANG: LANG ?? "C.UTF-8",
      PATH: `${join(this.venv, "bin")}:${PATH}`,
      PYTHONUTF8: "1",
      WANDB_API_KEY: this.key,
      WANDB_BASE_URL: `http://127.0.0.1:${this.port}`,
      WANDB_CACHE_DIR: join(this.folder, "cache"),
      WANDB_CONFIG_DIR: join(this.folder, "config"),
      WANDB_DATA_DIR: join(this.folder, "data"),
      WANDB_DIR: work,
      WANDB_ENTITY: "ent",
      WANDB_ERROR_REPORTING: "false",
      WANDB_SILENT: "false",
      ...more
    }
  }

  /** Runs a script of the suite; answers what it printed. */
  async python(script, args = [], { env, ...options } = {}) {
    const program = await run(join(this.venv, "bin", "python"), [join(here, "python", script), ...args], {
      env: this.env(env),
      cwd: this.folder,
      ...options
    })
    return program.stdout
  }

  /** The last line that a script printed, as JSON. */
  async json(script, args = []) {
    return JSON.parse((await this.python(script, args)).trim().split("\n").at(-1))
  }

  /** Starts a script of the suite. */
  startPython(script, args = [], env = {}) {
    return start(join(this.venv, "bin", "python"), [join(here, "python", script), ...args], {
      env: this.env(env),
      cwd: this.folder
    })
  }

  /** Runs the wandb program; answers all that it printed. */
  async wandb(args, { env, ...options } = {}) {
    const program = await run(join(this.venv, "bin", "wandb"), args, {
      env: this.env(env),
      cwd: this.folder,
      ...options
    })
    return program.output
  }

  /** Starts the wandb program. */
  startWandb(args, env = {}) {
    return start(join(this.venv, "bin", "wandb"), args, { env: this.env(env), cwd: this.folder })
  }

  /** Sends an operation. */
  async gql(query, variables = {}) {
    const response = await fetch(`http://127.0.0.1:${this.port}/graphql`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`api:${this.key}`)}`, "content-type": "application/json" },
      body: JSON.stringify({ query, variables, operationName: "" })
    })
    const { data, errors } = await response.json()
    if (errors !== undefined) throw new Error(JSON.stringify(errors))
    return data
  }

  async runState(name) {
    const { project } = await this.gql(
      'query RunState($name: String!) { project(name: "proj", entityName: "ent") { run(name: $name) { state } } }',
      { name }
    )
    return project?.run?.state
  }

  async sweepState(sweep) {
    const { project } = await this.gql(
      'query GetSweepState($sweep: String!) { project(name: "proj", entityName: "ent") { sweep(sweepName: $sweep) { state } } }',
      { sweep }
    )
    return project?.sweep?.state
  }

  /** A launch queue that is there from now on. */
  async queue(name) {
    await this.gql(
      'mutation CreateRunQueue($name: String!) { createRunQueue(input: {entityName: "ent", projectName: "model-registry", queueName: $name, access: PROJECT}) { success } }',
      { name }
    )
  }

  /** The operations that were traced so far, oldest first. */
  operations() {
    return readFileSync(join(this.folder, "trace.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  }
}

/** A free port, of those that the system gives to no connections: one of these could hold it while the server is away. */
const freePort = async () => {
  const port = 20_000 + Math.floor(Math.random() * 10_000)
  const probe = createServer()
  const isFree = await new Promise((resolve) => {
    probe.once("error", () => resolve(false))
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)))
  })
  return isFree ? port : freePort()
}

/** What `sweep.py` reads of the grid that agents have worked off. */
export const finishedGrid = {
  state: "FINISHED",
  runs: [
    [0.00001, "finished"],
    [0.1, "finished"]
  ],
  best: 0.00001
}

/** Waits until something holds, so many seconds at most. */
export const until = async (what, holds, seconds = 60, details = () => "") => {
  for (let waited = 0; waited < seconds; waited += 0.25) {
    if (await holds()) return
    await sleep(250)
  }
  throw new Error(`waited ${seconds} s in vain until ${what}\n${details()}`)
}
