/**
 * The only module that knows the driver. libsql aborts the whole process on a parameter that is
 * a boolean or a Date, so every value is converted in `bound` and nowhere else.
 */
import Libsql from "libsql"

/** What can be bound. A boolean is stored as 0 or 1, `undefined` as NULL. */
export type Param = string | number | bigint | boolean | Uint8Array | null | undefined

/** What comes back: a row's columns in the order of the statement. */
export type Row = ReadonlyArray<unknown>

/** One connection. Everything is synchronous, and throws the driver's `SqliteError`. */
export interface Connection {
  /** Runs a statement that returns no rows; answers how many rows it changed. */
  readonly run: (sql: string, params?: ReadonlyArray<Param>) => number
  /** The first row, if there is one. */
  readonly get: (sql: string, params?: ReadonlyArray<Param>) => Row | undefined
  readonly all: (sql: string, params?: ReadonlyArray<Param>) => ReadonlyArray<Row>
  /** Runs several statements, without parameters. */
  readonly script: (sql: string) => void
  /** Whether a transaction is open. */
  readonly inTransaction: () => boolean
  /**
   * Nothing may be run after it. The driver lets the file go only once its statements were collected, so what a
   * closing should do to the file has to be done before.
   */
  readonly close: () => void
}

/**
 * Opens a file, or a `file:` URI. Statements are prepared once and kept by their text, so texts
 * are constants: whatever varies is a parameter.
 *
 * More traps of the driver are met here. A statement that was read with `all` answers the next `get` with what it was
 * bound to before, so each way of reading has its own. One that failed in `get` fails the same way for ever, so it is
 * prepared anew. One that failed in `run` is mended by its next `run`, and must be kept for that: a `BEGIN` that found
 * the database locked would stay in progress until it is collected, and no other could commit before.
 */
export const open = (location: string): Connection => {
  const driver = new Libsql(location)
  const kept = {
    run: new Map<string, Statement>(),
    get: new Map<string, Statement>(),
    all: new Map<string, Statement>()
  }
  const using = <A>(way: keyof typeof kept, sql: string, use: (statement: Statement) => A): A => {
    const statements = kept[way]
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = driver.prepare(sql)
      // only a statement that has columns can answer arrays instead of objects
      if (statement.reader) statement.raw()
      statements.set(sql, statement)
    }
    try {
      return use(statement)
    } catch (error) {
      if (way !== "run") statements.delete(sql)
      throw error
    }
  }
  return {
    run: (sql, params = none) => using("run", sql, (statement) => statement.run(bound(params)).changes),
    get: (sql, params = none) => using("get", sql, (statement) => rowOf(statement.get(bound(params)))),
    all: (sql, params = none) => using("all", sql, (statement) => statement.all(bound(params)).map(presentRow)),
    script: (sql) => void driver.exec(sql),
    inTransaction: () => driver.inTransaction,
    close: () => {
      for (const statements of Object.values(kept)) statements.clear()
      driver.close()
    }
  }
}

/** SQLite's name of an error, for example `SQLITE_BUSY`; `undefined` for what the driver did not throw. */
export const sqliteCode = (error: unknown): string | undefined =>
  error instanceof Libsql.SqliteError
    ? nameOf(error.code)
    : // an open that fails has no code, only a text that ends in SQLite's number
      error instanceof Error && error.message.includes("Unable to open connection")
      ? "SQLITE_CANTOPEN"
      : undefined

/** A text column. */
export const text = (row: Row, column: number): string => {
  const value = row[column]
  if (typeof value === "string") return value
  throw new TypeError(`column ${column} holds ${typeof value} instead of text`)
}

/** A number column. */
export const number = (row: Row, column: number): number => {
  const value = row[column]
  if (typeof value === "number") return value
  throw new TypeError(`column ${column} holds ${typeof value} instead of a number`)
}

/** A text column that may be NULL. */
export const optionalText = (row: Row, column: number): string | undefined =>
  row[column] === null ? undefined : text(row, column)

/** A number column that may be NULL. */
export const optionalNumber = (row: Row, column: number): number | undefined =>
  row[column] === null ? undefined : number(row, column)

/** For the constructors of branded ids: what we stored was checked before. */
export const stored = { disableValidation: true }

// internal

/** The driver has no names for SQLite's rarer extended codes; the low byte is the code that they extend. */
const nameOf = (code: string): string => {
  const number = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(code)?.[1]
  return number === undefined ? code : (primaryCodes[Number(number) & 0xff] ?? code)
}

const primaryCodes: Readonly<Record<number, string>> = {
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  13: "SQLITE_FULL",
  14: "SQLITE_CANTOPEN",
  26: "SQLITE_NOTADB"
}

type Statement = Libsql.Statement

const none: ReadonlyArray<Param> = []

const bound = (params: ReadonlyArray<Param>): Array<unknown> => params.map(boundValue)

const boundValue = (value: Param): string | number | bigint | Uint8Array | null => {
  switch (typeof value) {
    case "string":
      // It would be read up to there only. Half a surrogate pair, which has no place in a text either, becomes the same.
      return value.includes("\0") ? value.replaceAll("\0", "\u{fffd}") : value
    case "number":
    case "bigint":
      return value
    case "boolean":
      return value ? 1 : 0
    case "undefined":
      return null
    default:
      if (value === null || value instanceof Uint8Array) return value
      throw new TypeError(`can't bind ${Object.prototype.toString.call(value)}`)
  }
}

const rowOf = (row: unknown): Row | undefined => (row === undefined ? undefined : presentRow(row))

const presentRow = (row: unknown): Row => {
  if (Array.isArray(row)) return row
  throw new TypeError("the driver answered something that is no row")
}
