import { statfsSync } from "node:fs"
import { dirname } from "node:path"
import type { Connection } from "./connection.js"
import { applicationId } from "./migrations.js"

/** How many pages of 4 KiB the log may hold before it is written into the file, which costs two flushes: 4 MiB. */
export const checkpointPages = 1000

/** How many flushed writes show that a process makes many of them: a command that only asks something makes fewer. */
export const manyWrites = 16

/**
 * Gives the log the size that it will have. SQLite lengthens the log's file with each commit until it first begins it
 * anew, and to flush a file that has grown takes the filesystem several times as long as to flush one that was
 * overwritten (ext4: 1.4 and 0.15 ms). So the log is filled with commits that change nothing, none of them flushed,
 * until SQLite begins it anew: about 15 ms, once. A disk that is almost full keeps its space for what needs it.
 */
export const fillLog = (db: Connection, path: string): void => {
  if (freeBytes(dirname(path)) < spareBytes) return
  for (let page = 0; page < checkpointPages; page++) db.script(`PRAGMA application_id = ${applicationId}`)
}

// internal

/** The free space of a disk from which the log takes its own: 256 MiB. */
const spareBytes = 256 * 1024 * 1024

const freeBytes = (folder: string): number => {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    // a folder that somebody took away, for example, while its database is open
    return 0
  }
}
