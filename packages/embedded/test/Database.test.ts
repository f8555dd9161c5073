import { assert, describe, it } from "@effect/vitest"
import { Array, Cause, Effect, Exit, Fiber, Logger, Option } from "effect"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Database from "../src/Database.js"
import type { DatabaseError } from "../src/DatabaseError.js"
import { type Connection, open, text } from "../src/internal/connection.js"
import { logOf } from "../src/internal/inspection.js"
import { checkpointPages, manyWrites } from "../src/internal/logSpace.js"
import { applicationId, currentVersion, migrate, migrations, versionOf } from "../src/internal/migrations.js"
import { openingError } from "../src/internal/opening.js"
import { folder } from "./support.js"

const insert = (id: string) => (db: Database.Transaction) =>
  db.run("INSERT INTO agents (id, sweep, host, created_at) VALUES (?, 'sweep', 'host', 0)", [id])
const agents = (db: Database.Connection) => db.all("SELECT id FROM agents ORDER BY id").map((row) => text(row, 0))

/** Bytes of a page. */
const page = 4096

const selectSchema = "SELECT name, sql FROM sqlite_schema ORDER BY name"

/**
 * Has another process do without the log of a database, which it may where nobody else has it open; the mode after it, or
 * why not.
 */
const unlogged = (path: string): string => {
  const program = `
    import Libsql from "libsql"
    try { console.log(new Libsql(process.argv[1]).prepare("PRAGMA journal_mode = DELETE").get().journal_mode) }
    catch (error) { console.log(error.code) }`
  const cwd = fileURLToPath(new URL("..", import.meta.url))
  return execFileSync(process.execPath, ["--input-type=module", "-e", program, path], { cwd, encoding: "utf8" }).trim()
}

/** The file of a database with some content, closed again. */
const written = Effect.gen(function* () {
  const path = join(yield* folder, "sweepline.db")
  const many = Database.make({ path }).pipe(
    Effect.flatMap((database) =>
      database.write((db) => {
        for (let i = 0; i < 2000; i++) insert(`agent-${i}`)(db)
      })
    )
  )
  yield* Effect.scoped(many)
  return path
})

const refusal = (path: string, options?: Partial<Database.Options>): Effect.Effect<DatabaseError> =>
  Effect.orDie(Effect.flip(Effect.scoped(Database.make({ path, ...options }))))

const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex")

describe("opening a database", () => {
  it.scoped("creates its folder, and finds what was written before", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "deep", "down", "sweepline.db")
      yield* Effect.scoped(Effect.flatMap(Database.make({ path }), (database) => database.write(insert("a"))))
      const database = yield* Database.make({ path })
      assert.deepStrictEqual(yield* database.read(agents), ["a"])
      assert.strictEqual(yield* database.read(versionOf), currentVersion)
      assert.strictEqual(yield* database.read((db) => db.get("PRAGMA journal_mode")?.[0]), "wal")
    })
  )

  it.scoped("brings a database of each earlier version to the current one, and keeps what it holds", () =>
    Effect.gen(function* () {
      for (let version = 1; version < currentVersion; version++) {
        const path = join(yield* folder, "sweepline.db")
        const db = open(path)
        for (const script of migrations.slice(0, version)) db.script(script)
        db.script(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`)
        db.run("INSERT INTO agents (id, sweep, host, created_at) VALUES ('old', 'sweep', 'host', 0)")
        db.close()
        const schemas = yield* Effect.forEach([path, join(yield* folder, "new.db")], (path) =>
          Effect.flatMap(Database.make({ path }), (database) =>
            database.read((db) => ({ version: versionOf(db), agents: agents(db), schema: db.all(selectSchema) }))
          )
        )
        assert.deepStrictEqual(schemas[0]?.agents, ["old"])
        assert.strictEqual(schemas[0]?.version, currentVersion)
        assert.deepStrictEqual(schemas[0]?.schema, schemas[1]?.schema)
      }
    })
  )

  it.scoped("takes an empty file for a new database", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "sweepline.db")
      writeFileSync(path, "")
      const database = yield* Database.make({ path })
      assert.deepStrictEqual(yield* database.read(agents), [])
    })
  )

  it.scoped("creates nothing where it may not", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "none", "sweepline.db")
      const error = yield* refusal(path, { create: false })
      assert.strictEqual(error.reason, "Missing")
      assert.include(error.message, "start a sweep there first")
      assert.isFalse(existsSync(join(path, "..")))
    })
  )

  it.scoped("refuses a database of a newer version, and leaves it as it is", () =>
    Effect.gen(function* () {
      const path = yield* written
      const db = open(path)
      db.script(`PRAGMA user_version = ${currentVersion + 1}`)
      db.close()
      const before = hash(path)
      const error = yield* refusal(path)
      assert.strictEqual(error.reason, "NewerVersion")
      assert.include(error.message, "update sweepline")
      assert.strictEqual(hash(path), before)
    })
  )

  it.scoped("leaves a database to a newer sweepline that brings it to its version first", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "sweepline.db")
      const db = open(path)
      const newer = open(path)
      const script = (sql: string) => {
        if (sql === "BEGIN IMMEDIATE") newer.script(`PRAGMA user_version = ${currentVersion + 1}`)
        db.script(sql)
      }
      migrate({ ...db, script })
      assert.strictEqual(versionOf(db), currentVersion + 1)
      for (const each of [db, newer]) each.close()
    })
  )

  it.scoped("refuses the database of another program", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "sweepline.db")
      const db = open(path)
      db.script("CREATE TABLE theirs (a)")
      db.close()
      assert.strictEqual((yield* refusal(path)).reason, "Foreign")
    })
  )

  for (const [name, damage] of Object.entries({
    "that is no database": (path: string) => writeFileSync(path, "this is no database\n".repeat(300)),
    "that was cut off": (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 20_000)),
    "with a page of noise": (path: string) => {
      const bytes = readFileSync(path)
      bytes.fill(0xa5, statSync(path).size - 8192, statSync(path).size - 4096)
      writeFileSync(path, bytes)
    }
  })) {
    it.scoped(`reports a file ${name}, and leaves it as it is`, () =>
      Effect.gen(function* () {
        const path = yield* written
        damage(path)
        const before = hash(path)
        const error = yield* refusal(path)
        assert.strictEqual(error.reason, "Damaged")
        assert.include(error.message, "was left as it is")
        assert.strictEqual(hash(path), before)
      })
    )
  }

  it.scoped("leaves a damaged file alone together with its log", () =>
    Effect.gen(function* () {
      const path = yield* written
      const db = open(path)
      db.run("INSERT INTO agents (id, sweep, host, created_at) VALUES ('late', 's', 'h', 0)")
      const copy = join(yield* folder, "sweepline.db")
      const bytes = readFileSync(path)
      bytes.fill(0xa5, 4096, bytes.length)
      writeFileSync(copy, bytes)
      // as a crash leaves it: the log is there, and nobody has the file open
      writeFileSync(`${copy}-wal`, readFileSync(`${path}-wal`))
      db.close()
      const before = [hash(copy), hash(`${copy}-wal`)]
      assert.strictEqual((yield* refusal(copy)).reason, "Damaged")
      assert.deepStrictEqual([hash(copy), hash(`${copy}-wal`)], before)
    })
  )

  it.scoped("keeps its locks while this process opens the file once more", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "sweepline.db")
      const database = yield* Database.make({ path })
      yield* database.write(insert("before"))
      yield* Database.make({ path })
      assert.deepStrictEqual(unlogged(path), "SQLITE_BUSY")
      assert.isTrue(existsSync(logOf(path)))
    })
  )

  it("says that too many files are open, as the driver words it", () => {
    const error = openingError(new Error("Too many open files (os error 24)"), "sweepline.db")
    assert.strictEqual(error?.reason, "TooManyFiles")
    assert.include(error?.message, "ulimit -n")
    assert.isUndefined(openingError(new Error("a bug of ours"), "sweepline.db"))
  })

  it.scoped("refuses a place that can't be written", () =>
    Effect.gen(function* () {
      const path = yield* folder
      writeFileSync(join(path, "file"), "")
      mkdirSync(join(path, "sweepline.db"))
      for (const place of [
        join(path, "file", "sweepline.db"),
        join(path, "sweepline.db"),
        "/proc/sweepline/sweepline.db"
      ]) {
        const error = yield* refusal(place)
        assert.include(["NotAFolder", "Unwritable", "Unusable"], error.reason, place)
        assert.include(error.message, "--dir", place)
      }
    })
  )

  for (const kind of ["nfs4", "cifs", "fuse.sshfs", "smbfs", "lustre"]) {
    it.scoped(`refuses a folder on ${kind}, before anything is written there`, () =>
      Effect.gen(function* () {
        const path = yield* folder
        const mounts = () => [
          { point: "/", kind: "ext4" },
          { point: path, kind }
        ]
        const error = yield* Effect.provideService(
          refusal(join(path, "state", "sweepline.db")),
          Database.Mounts,
          mounts
        )
        assert.strictEqual(error.reason, "NetworkFilesystem")
        assert.include(error.message, kind)
        assert.include(error.message, "local disk")
        assert.deepStrictEqual(readdirSync(path), [])
      })
    )
  }

  for (const kind of [
    "ext4",
    "overlay",
    "tmpfs",
    "btrfs",
    "xfs",
    "apfs",
    "zfs",
    "9p",
    "virtiofs",
    "fuse.fuse-overlayfs"
  ]) {
    it.scoped(`accepts a folder on ${kind}`, () =>
      Effect.gen(function* () {
        const path = yield* folder
        const mounts = () => [
          { point: "/", kind: "nfs" },
          { point: path, kind }
        ]
        yield* Effect.provideService(Database.make({ path: join(path, "sweepline.db") }), Database.Mounts, mounts)
      })
    )
  }
})

describe("writing to a database", () => {
  it.scoped("keeps nothing of a write that fails, and tells nobody of it", () =>
    Effect.gen(function* () {
      const database = yield* Database.make({ path: join(yield* folder, "sweepline.db") })
      const told: Array<string> = []
      const exit = yield* Effect.exit(
        database.write((db) => {
          insert("a")(db)
          db.afterCommit(() => told.push("a"))
          throw new Error("a bug")
        })
      )
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      yield* database.write((db) => {
        insert("b")(db)
        db.afterCommit(() => told.push("b"))
      })
      assert.deepStrictEqual(yield* database.read(agents), ["b"])
      assert.deepStrictEqual(told, ["b"])
    })
  )

  it.scoped("flushes each commit of a durable write (synchronous is FULL), and of no other", () =>
    Effect.gen(function* () {
      const database = yield* Database.make({ path: join(yield* folder, "sweepline.db") })
      const synchronous = (db: Connection) => Number(db.get("PRAGMA synchronous")?.[0])
      const [normal, full] = [1, 2]
      assert.strictEqual(yield* database.writeDurably(synchronous), full)
      assert.strictEqual(yield* database.write(synchronous), normal)
      const exit = yield* Effect.exit(
        database.writeDurably(() => {
          throw new Error("a bug")
        })
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(yield* database.write(synchronous), normal)
      assert.strictEqual(yield* database.writeDurably(synchronous), full)
    })
  )

  for (const how of ["write", "writeDurably"] as const) {
    it.scoped(`says with ${how} that the file was damaged meanwhile, as often as one writes`, () =>
      Effect.gen(function* () {
        const path = join(yield* folder, "sweepline.db")
        const database = yield* Database.make({ path })
        const other = open(path)
        other.script(`CREATE TABLE theirs (a);
          PRAGMA writable_schema = ON;
          UPDATE sqlite_schema SET sql = 'CREATE TABEL' WHERE name = 'theirs';
          PRAGMA schema_version = 4711`)
        other.close()
        for (let n = 0; n < 2; n++) {
          assert.deepInclude(yield* Effect.flip(database[how](insert("a"))), { _tag: "StoreError", reason: "Damaged" })
        }
      })
    )
  }

  it.scoped("gives its log the whole size once it writes durably again and again, so that flushes overwrite", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "sweepline.db")
      const database = yield* Database.make({ path })
      const logSize = () => statSync(`${path}-wal`).size
      const insertMany = (from: number, to: number) =>
        Effect.forEach(Array.range(from, to), (n) => database.writeDurably(insert(`agent-${1000 + n}`)))
      yield* insertMany(1, manyWrites - 1)
      assert.isBelow(logSize(), 100 * page)
      yield* insertMany(manyWrites, manyWrites)
      const full = logSize()
      assert.isAtLeast(full, checkpointPages * page)
      yield* insertMany(manyWrites + 1, 500)
      assert.isBelow(logSize(), full + 100 * page)
      assert.strictEqual((yield* database.read(agents)).length, 500)
    })
  )

  for (const [name, how] of [
    ["", Effect.interruptible],
    [", no longer where it can't be interrupted, and says nothing of a short wait", Effect.uninterruptible]
  ] as const) {
    it.scopedLive(`waits while another process writes${name}`, () =>
      Effect.gen(function* () {
        const path = join(yield* folder, "sweepline.db")
        const database = yield* Database.make({ path })
        const told: Array<unknown> = []
        const other = open(path)
        other.script("BEGIN IMMEDIATE")
        yield* Effect.fork(
          Effect.delay(
            Effect.sync(() => other.script("COMMIT")),
            "100 millis"
          )
        )
        yield* how(database.write(insert("a"))).pipe(
          Effect.provide(
            Logger.replace(
              Logger.defaultLogger,
              Logger.make(({ message }) => told.push(message))
            )
          )
        )
        assert.deepStrictEqual(yield* database.read(agents), ["a"])
        assert.deepStrictEqual(told, [])
        other.close()
      })
    )
  }

  it.scopedLive("is no longer opened by whoever is interrupted while another process keeps it locked", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "sweepline.db")
      const other = open(path)
      other.script("BEGIN EXCLUSIVE")
      const opening = yield* Effect.fork(Effect.scoped(Database.make({ path })))
      yield* Effect.sleep("50 millis")
      const exit = yield* Effect.timeoutOption(Fiber.interrupt(opening), "8 seconds")
      assert.isTrue(Option.exists(exit, Exit.isInterrupted))
      other.close()
    })
  )

  it.scoped("says that the disk is full, keeps nothing of the write, and goes on when there is space again", () =>
    Effect.gen(function* () {
      const database = yield* Database.make({ path: join(yield* folder, "sweepline.db") })
      const limit = (pages: number) => database.read((db) => db.get(`PRAGMA max_page_count = ${pages}`))
      const fill = database.write((db) => {
        for (let i = 0; i < 5000; i++) insert(`agent-${i}`)(db)
      })
      const pages = Number(yield* database.read((db) => db.get("PRAGMA page_count")?.[0]))
      yield* limit(pages + 2)
      const error = yield* Effect.flip(fill)
      assert.strictEqual(error.reason, "DiskFull")
      assert.include(error.message, "free some space")
      assert.deepStrictEqual(yield* database.read(agents), [])
      yield* limit(1_000_000)
      yield* fill
      assert.strictEqual((yield* database.read(agents)).length, 5000)
    })
  )

  it.scoped(
    "refuses once its file was moved or deleted, where nobody would find what it writes, until it is back",
    () =>
      Effect.gen(function* () {
        const state = join(yield* folder, "state")
        const path = join(state, "sweepline.db")
        const database = yield* Database.make({ path })
        yield* database.write(insert("a"))
        renameSync(state, `${state}-moved`)
        for (const write of [database.write, database.writeDurably]) {
          const error = yield* Effect.flip(write(insert("b")))
          assert.strictEqual(error.reason, "Moved")
          assert.include(error.message, `${path} was moved or deleted while it was in use`)
        }
        // what another process makes in its place is another database
        yield* Effect.scoped(Database.make({ path }))
        assert.strictEqual((yield* Effect.flip(database.writeDurably(insert("b")))).reason, "Moved")
        rmSync(state, { recursive: true })
        renameSync(`${state}-moved`, state)
        yield* database.writeDurably(insert("c"))
        assert.deepStrictEqual(yield* database.read(agents), ["a", "c"])
      })
  )

  it.scoped("leaves one complete file when its scope closes", () =>
    Effect.gen(function* () {
      const path = yield* written
      assert.strictEqual(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0, 0)
      const copy = open(`file:${path}?immutable=1`)
      assert.strictEqual(agents(copy).length, 2000)
      copy.close()
    })
  )
})
