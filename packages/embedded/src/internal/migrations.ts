import type { Connection } from "./connection.js"
import { number } from "./connection.js"

/**
 * The versions of the database, oldest first; a database of version n has had the first n. A migration
 * that was released is never edited: what changes is a new one at the end.
 */
export const migrations: ReadonlyArray<string> = [
  `
  CREATE TABLE sweeps (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    config TEXT NOT NULL,
    seed INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- distinct runs, in any state
    runs INTEGER NOT NULL DEFAULT 0,
    -- a run has reached the metric's target
    target_reached INTEGER NOT NULL DEFAULT 0,
    -- counts the changes of its runs and their metrics: what was read at n is current until n + 1
    revision INTEGER NOT NULL DEFAULT 0,
    -- counts the changes that somebody may wait for: states, requests to stop; not metrics
    notice INTEGER NOT NULL DEFAULT 0,
    settings TEXT,
    end_reason TEXT,
    ended_at INTEGER
  ) STRICT;

  CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    sweep TEXT NOT NULL,
    host TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE runs (
    -- the order of creation, over all sweeps
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sweep TEXT NOT NULL,
    -- the order of creation within the sweep, from 0
    n INTEGER NOT NULL,
    agent TEXT,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    exit_code INTEGER,
    stop TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    -- the sweep's revision at the last change
    revision INTEGER NOT NULL,
    trial TEXT NOT NULL,
    summary TEXT NOT NULL DEFAULT '{}',
    -- of the sweep's own metrics: {name: [count, min, max, last]}
    digests TEXT,
    -- what condemned it to stop early, and whether that still waits to be told to its agent
    verdict TEXT,
    condemned INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX runs_by_revision ON runs (sweep, revision);
  CREATE INDEX runs_preempted ON runs (sweep, no) WHERE state = 'preempted';
  CREATE INDEX runs_pending ON runs (agent, no) WHERE state = 'pending';
  CREATE INDEX runs_condemned ON runs (agent) WHERE condemned = 1;

  CREATE TABLE queues (
    name TEXT PRIMARY KEY,
    notice INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE queue_items (
    no INTEGER PRIMARY KEY,
    -- run#attempt: queued once, so an item that has left the queue stays, without its request
    key TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    sweep TEXT NOT NULL,
    run TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    agent TEXT,
    leased_until INTEGER,
    handle TEXT,
    message TEXT,
    request TEXT NOT NULL
  ) STRICT;
  CREATE INDEX queue_items_open ON queue_items (queue, priority, no) WHERE state IN ('pending', 'leased');
  CREATE INDEX queue_items_held ON queue_items (agent, queue) WHERE state IN ('leased', 'claimed');
  CREATE INDEX queue_items_sweep ON queue_items (sweep) WHERE state IN ('pending', 'leased');

  CREATE TABLE metric_rows (
    run TEXT NOT NULL,
    seq INTEGER NOT NULL,
    step REAL NOT NULL,
    at REAL NOT NULL,
    vals TEXT NOT NULL,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tails (
    run TEXT NOT NULL,
    -- negative: of what the attempt's client streamed to a server
    attempt INTEGER NOT NULL,
    -- bytes of the attempt's output that were read, or lines of its client
    bytes INTEGER NOT NULL,
    -- of the run, over all its attempts
    next_step REAL NOT NULL,
    next_seq INTEGER NOT NULL,
    PRIMARY KEY (run, attempt)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE journal (
    sweep TEXT NOT NULL,
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (sweep, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE leases (
    sweep TEXT PRIMARY KEY,
    -- counts the holders: a write that was prepared under an older epoch is refused
    epoch INTEGER NOT NULL,
    held INTEGER NOT NULL,
    host TEXT NOT NULL,
    boot TEXT NOT NULL,
    namespace TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE scheduler_runs (
    sweep TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    exit_code INTEGER,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE documents (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- results of runs elsewhere, which its search knew from the beginning: JSON
  ALTER TABLE sweeps ADD COLUMN prior TEXT;
  -- why the configuration whose last run this was got no further repeats: JSON
  ALTER TABLE runs ADD COLUMN abandonment TEXT;
  `,
  `
  CREATE TABLE snapshots (
    sweep TEXT PRIMARY KEY,
    -- how many events of its journal are folded into the model
    events INTEGER NOT NULL,
    model TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `
]

/** The version that this sweepline writes. */
export const currentVersion = migrations.length

/** Marks a file as ours: "swpl". */
export const applicationId = 0x73_77_70_6c

/** The version of a database; 0 is an empty one. */
export const versionOf = (db: Connection): number => pragmaNumber(db, "PRAGMA user_version")

/** The program that a database says it belongs to; 0 where it says nothing. */
export const applicationOf = (db: Connection): number => pragmaNumber(db, "PRAGMA application_id")

/**
 * Brings a database to the current version, in one transaction: it has either version whatever happens.
 * Where several processes begin at once, one migrates and the others find it done; that may be one of a newer sweepline,
 * whose version stays.
 */
export const migrate = (db: Connection): void => {
  if (versionOf(db) >= currentVersion) return
  db.script("BEGIN IMMEDIATE")
  try {
    const version = versionOf(db)
    if (version < currentVersion) {
      for (const script of migrations.slice(version)) db.script(script)
      db.script(`PRAGMA application_id = ${applicationId}`)
      db.script(`PRAGMA user_version = ${currentVersion}`)
    }
    db.script("COMMIT")
  } catch (error) {
    if (db.inTransaction()) db.script("ROLLBACK")
    throw error
  }
}

// internal

const pragmaNumber = (db: Connection, sql: string): number => number(db.get(sql) ?? [], 0)
