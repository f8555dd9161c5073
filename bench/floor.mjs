// What launching can't cost less than: for each of 1,000 runs of `true`, two at a time, what our promises
// need and nothing else, against the bare loop of `launch.mjs`. The wrapper of our fork server with its
// files, and three commits: the intent, which is flushed to the disk, the claim and the end.
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { open } from "../packages/embedded/dist/internal/connection.js"
import * as ForkServerProgram from "../packages/executors/dist/ForkServerProgram.js"
import * as Protocol from "../packages/executors/dist/ForkServerProtocol.js"
import { bareLoop, inFolder, median } from "./measure.mjs"

const runs = Number(process.argv[2] ?? 1000)
const rounds = Number(process.argv[3] ?? 3)
const workers = 2

/** What `Promise.withResolvers` makes on newer Nodes. */
const deferred = () => {
  let resolve
  let reject
  const promise = new Promise((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

/** The fork server: `start` answers two promises, of the claim and of the end. */
const forkServer = async () => {
  const server = spawn("/usr/bin/perl", ["-e", ForkServerProgram.text], { stdio: ["pipe", "pipe", "inherit"] })
  const ready = deferred()
  const started = new Map()
  const hear = (message) => {
    if (message?._tag === "Ready") ready.resolve()
    else if (message?._tag === "Claimed") started.get(message.id)?.claimed.resolve(message.claim)
    else if (message !== undefined) {
      started.get(message.id)?.ended.resolve(message.end)
      started.delete(message.id)
    }
  }
  server.once("error", ready.reject)
  server.stdout.setEncoding("latin1").on(
    "data",
    Protocol.lines((line) => hear(Protocol.parse(line)))
  )
  server.stdin.write(Protocol.environment({ PATH: process.env.PATH ?? "" }))
  await ready.promise
  return {
    start: (id, options) => {
      const run = { claimed: deferred(), ended: deferred() }
      started.set(id, run)
      server.stdin.write(Protocol.job(id, options))
      return { claimed: run.claimed.promise, ended: run.ended.promise }
    },
    close: () => server.stdin.end()
  }
}

/** A journal and a table of runs. What is flushed has a connection of its own: SQLite looks at `synchronous` as it prepares. */
const database = (folder) => {
  const connect = (synchronous) => {
    const db = open(join(folder, "floor.db"))
    db.script(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
    return db
  }
  const flushed = connect("FULL")
  flushed.script("CREATE TABLE journal (seq INTEGER PRIMARY KEY, event TEXT); CREATE TABLE runs (id TEXT, state TEXT)")
  flushed.script("CREATE UNIQUE INDEX by_id ON runs (id)")
  const plain = connect("NORMAL")
  const commit = (db, id, state) => {
    db.run("BEGIN IMMEDIATE")
    db.run("INSERT INTO journal (event) VALUES (?)", [JSON.stringify({ id, state, config: "x".repeat(250) })])
    db.run("INSERT INTO runs VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state", [id, state])
    db.run("COMMIT")
  }
  return {
    intend: (id) => commit(flushed, id, "intended"),
    claim: (id) => commit(plain, id, "claimed"),
    end: (id) => commit(plain, id, "ended")
  }
}

const floor = (count) =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, "runs"))
    const server = await forkServer()
    const began = performance.now()
    const journal = database(folder)
    let next = 0
    const worker = async () => {
      while (next < count) {
        const id = `run-${next++}`
        const run = join(folder, "runs", id)
        journal.intend(id)
        const { claimed, ended } = server.start(id, {
          folder: { run, attempt: join(run, "1") },
          argv: ["/usr/bin/true"],
          claim: `boot namespace host ${randomUUID()}`,
          cwd: folder,
          env: { set: new Map([["WANDB_RUN_ID", id]]), unset: [] },
          files: new Map([["config.json", "{}"]])
        })
        await claimed
        journal.claim(id)
        const end = await ended
        if (end._tag !== "Done" || end.code !== 0) throw new Error(`${id} ended as ${JSON.stringify(end)}`)
        journal.end(id)
      }
    }
    await Promise.all(Array.from({ length: workers }, worker))
    server.close()
    return performance.now() - began
  })

const measured = { bare: [], floor: [] }
for (let round = 0; round < rounds; round++) {
  measured.bare.push(await bareLoop(runs, workers))
  measured.floor.push(await floor(runs))
}
const loop = median(measured.bare)
const least = median(measured.floor)
console.log(
  `${runs} runs of true, ${workers} at a time: ${least.toFixed(0)} ms with a wrapper and three commits each; ` +
    `bare loop: ${loop.toFixed(0)} ms; ${(least / loop).toFixed(2)} times`
)
