import { assert, describe, it } from "@effect/vitest"
import { open, type Param } from "../src/internal/connection.js"

const numbers = (count: number) => {
  const db = open(":memory:")
  db.script("CREATE TABLE numbers (n INTEGER PRIMARY KEY, rest INTEGER NOT NULL)")
  for (let n = 1; n <= count; n++) db.run("INSERT INTO numbers VALUES (?, ?)", [n, n % 7])
  return db
}

const byRest = "SELECT n FROM numbers WHERE rest = ? AND n >= ? ORDER BY n LIMIT ?"
const insert = "INSERT INTO numbers VALUES (?, ?) RETURNING n"

describe("connection", () => {
  it("reads the same through get and all, in any order", () => {
    const db = numbers(300)
    const expected = (rest: number, from: number, limit: number) =>
      Array.from({ length: 300 }, (_, i) => i + 1)
        .filter((n) => n % 7 === rest && n >= from)
        .slice(0, limit)
    for (let i = 0; i < 2000; i++) {
      const params = [i % 9, (i * 37) % 350, 1 + ((i * 13) % 130)] as const
      const found = expected(...params)
      if (i % 3 === 0) assert.deepStrictEqual(db.get(byRest, params)?.[0], found[0])
      else
        assert.deepStrictEqual(
          db.all(byRest, params),
          found.map((n) => [n])
        )
    }
  })

  it("goes on with a statement that failed", () => {
    const db = numbers(1)
    assert.throws(() => db.get(insert, [1, 1]), /UNIQUE/)
    assert.deepStrictEqual(db.get(insert, [2, 1]), [2])
    assert.throws(() => db.get(insert, [3, null]), /NOT NULL/)
    assert.deepStrictEqual(db.get(insert, [3, 1]), [3])
  })

  it("stores a text whole, with a sign for what no text of a database can hold", () => {
    const db = open(":memory:")
    db.script("CREATE TABLE texts (value TEXT) STRICT")
    for (const text of ["a\0b\0", "c\ud800d"]) db.run("INSERT INTO texts VALUES (?)", [text])
    assert.deepStrictEqual(db.all("SELECT value FROM texts"), [["a\u{fffd}b\u{fffd}"], ["c\u{fffd}d"]])
  })

  it("stores booleans, absent values and bytes, and refuses what it can't", () => {
    const db = open(":memory:")
    db.script("CREATE TABLE anything (value ANY) STRICT")
    const bytes = new Uint8Array([1, 2, 3])
    for (const value of [true, false, undefined, null, "text", 2 ** 40, 0.5, 7n, bytes]) {
      db.run("INSERT INTO anything VALUES (?)", [value])
    }
    const stored = db.all("SELECT value FROM anything").map(([value]) => value)
    assert.deepStrictEqual(stored.slice(0, 8), [1, 0, null, null, "text", 2 ** 40, 0.5, 7])
    assert.deepStrictEqual(new Uint8Array(Object(stored[8])), bytes)
    const date: unknown = new Date(0)
    assert.throws(() => db.run("INSERT INTO anything VALUES (?)", [date as Param]), /can't bind \[object Date\]/)
  })
})
