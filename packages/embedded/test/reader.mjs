// Somebody who may not write the files. Usage: node reader.mjs <file>…
// It runs what is built, and prints a line for each file: what reading it answers, and what writing to it.
import * as Database from "@sweepline/embedded/Database"
import * as Effect from "effect/Effect"

// whoever may do everything is refused nothing
if (process.getuid() === 0) {
  process.setgroups([])
  process.setgid(65534)
  process.setuid(65534)
}

const agents = (db) => db.all("SELECT id FROM agents ORDER BY id").map(([id]) => id)
const add = (db) => db.run("INSERT INTO agents (id, sweep, host, created_at) VALUES ('z', 'sweep', 'host', 0)")
const outcome = (options, use) =>
  Database.make({ create: false, ...options }).pipe(
    Effect.flatMap(use),
    // with the system's own word for it, where that is known
    Effect.catchAll(({ detail, reason }) => Effect.succeed([reason, ...(/^E[A-Z]+/.exec(detail) ?? [])].join(" "))),
    Effect.scoped
  )

for (const path of process.argv.slice(2)) {
  const reading = await Effect.runPromise(outcome({ path, access: "read" }, (database) => database.read(agents)))
  const writing = await Effect.runPromise(outcome({ path }, (database) => database.write(add)))
  console.log(JSON.stringify([reading, writing]))
}
