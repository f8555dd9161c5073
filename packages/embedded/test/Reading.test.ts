import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Database from "../src/Database.js"
import { type Connection, open, sqliteCode, text } from "../src/internal/connection.js"
import { applicationId, migrations } from "../src/internal/migrations.js"
import { openReader } from "../src/internal/reading.js"
import { folder } from "./support.js"

const insert = (id: string) => (db: Connection) =>
  db.run("INSERT INTO agents (id, sweep, host, created_at) VALUES (?, 'sweep', 'host', 0)", [id])
const agents = (db: Connection) => db.all("SELECT id FROM agents ORDER BY id").map((row) => text(row, 0))

/** A database with these agents, as a file without log and index beside it. */
const written = Effect.fnUntraced(function* (...ids: ReadonlyArray<string>) {
  const path = join(yield* folder, "sweepline.db")
  const write = Effect.flatMap(Database.make({ path }), (database) =>
    Effect.forEach(ids, (id) => database.write(insert(id)))
  )
  yield* Effect.scoped(write)
  const alone = join(yield* folder, "sweepline.db")
  copyFileSync(path, alone)
  return alone
})

const reader = (path: string, options?: { readonly shared: boolean }) =>
  Effect.acquireRelease(
    Effect.sync(() => openReader(path, options)),
    (opened) => Effect.sync(opened.close)
  )

/** What a function throws. */
const thrown = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

describe("a database that may only be read", () => {
  it.scoped("is read while another process writes to it, and is not written", () =>
    Effect.gen(function* () {
      const path = yield* written("a")
      const writer = yield* Database.make({ path })
      const opened = yield* reader(path)
      assert.deepStrictEqual(opened.read(agents), ["a"])
      yield* writer.write(insert("b"))
      assert.deepStrictEqual(opened.read(agents), ["a", "b"])
      assert.strictEqual(sqliteCode(thrown(() => opened.read(insert("c")))), "SQLITE_READONLY")
    })
  )

  it.scoped("is read without a lock where nobody writes, and nothing appears beside it", () =>
    Effect.gen(function* () {
      const path = yield* written("a")
      const opened = yield* reader(path, { shared: false })
      assert.deepStrictEqual(opened.read(agents), ["a"])
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["sweepline.db"])
      // Another one comes in its place.
      copyFileSync(yield* written("a", "b"), path)
      assert.deepStrictEqual(opened.read(agents), ["a", "b"])
    })
  )

  it.scoped("keeps what was read of it while a log lies beside it that can't be read so", () =>
    Effect.gen(function* () {
      const path = yield* written("a")
      const opened = yield* reader(path, { shared: false })
      writeFileSync(`${path}-wal`, "what was written last")
      assert.deepStrictEqual(opened.read(agents), ["a"])
      const error = thrown(() => openReader(path, { shared: false }))
      assert.deepInclude(error, { reason: "LogLeft" })
      assert.include(String(error), "Copy its folder, and name the copy with --dir.")
    })
  )

  it.scoped("of an earlier version is refused: it would have to be changed", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "sweepline.db")
      const db = open(path)
      for (const script of migrations.slice(0, 1)) db.script(script)
      db.script(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`)
      db.close()
      assert.deepInclude(
        thrown(() => openReader(path)),
        { reason: "OlderVersion" }
      )
    })
  )

  it.scoped("may lie on a network filesystem; each write to it fails", () =>
    Effect.gen(function* () {
      const path = yield* written("a")
      const make = (access: "read" | "write") =>
        Effect.provideService(Database.make({ path, access }), Database.Mounts, () => [{ point: "/", kind: "nfs" }])
      assert.strictEqual((yield* Effect.flip(make("write"))).reason, "NetworkFilesystem")
      const database = yield* make("read")
      assert.deepStrictEqual(yield* database.read(agents), ["a"])
      assert.strictEqual((yield* Effect.flip(database.write(insert("b")))).reason, "ReadOnly")
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["sweepline.db"])
    })
  )

  it.scoped("is told apart from one that may not even be read, and another user leaves nothing beside it", () =>
    Effect.gen(function* () {
      const withModes = Effect.fnUntraced(function* (file: number, parent: number) {
        const path = yield* written("a")
        chmodSync(path, file)
        chmodSync(join(path, ".."), parent)
        yield* Effect.addFinalizer(() => Effect.sync(() => chmodSync(join(path, ".."), 0o700)))
        return path
      })
      const inSharedFolder = yield* withModes(0o444, 0o777)
      const inClosedFolder = yield* withModes(0o444, 0o555)
      const hidden = yield* withModes(0o000, 0o777)
      const inHiddenFolder = yield* withModes(0o444, 0o000)
      assert.deepStrictEqual(asAnotherUser(inSharedFolder, inClosedFolder, hidden, inHiddenFolder), [
        [["a"], "Unwritable EACCES"],
        [["a"], "Unwritable EACCES"],
        ["Unreadable EACCES", "Unwritable EACCES"],
        ["Unreadable EACCES", "Unwritable EACCES"]
      ])
      assert.deepStrictEqual(readdirSync(join(inSharedFolder, "..")), ["sweepline.db"])
    })
  )

  it.scoped("keeps what was read of it while the system doesn't let its file be looked for", () =>
    Effect.gen(function* () {
      const path = yield* written("a")
      const link = join(yield* folder, "link")
      const linkTo = (target: string): void => {
        rmSync(link, { force: true })
        symlinkSync(target, link)
      }
      linkTo(path)
      const opened = yield* reader(link, { shared: false })
      linkTo(link)
      assert.deepStrictEqual(opened.read(agents), ["a"])
      linkTo(yield* written("a", "b"))
      assert.deepStrictEqual(opened.read(agents), ["a", "b"])
    })
  )

  it.scoped("is read with the log that a killed process left, which stays as it is", () =>
    Effect.gen(function* () {
      const path = yield* written("a")
      const writer = yield* Database.make({ path })
      yield* writer.write(insert("b"))
      const left = join(yield* folder, "sweepline.db")
      for (const suffix of ["", "-wal", "-shm"]) copyFileSync(path + suffix, left + suffix)
      const opened = yield* reader(left)
      assert.deepStrictEqual(opened.read(agents), ["a", "b"])
      for (const suffix of ["", "-wal", "-shm"])
        assert.isTrue(readFileSync(path + suffix).equals(readFileSync(left + suffix)), suffix)
    })
  )
})

/** What another user, or this one where he isn't root, can do with files. */
const asAnotherUser = (...paths: ReadonlyArray<string>): ReadonlyArray<unknown> =>
  execFileSync(process.execPath, [fileURLToPath(new URL("reader.mjs", import.meta.url)), ...paths], {
    encoding: "utf8"
  })
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
