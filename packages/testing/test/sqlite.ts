import { Effect, Layer } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Embedded from "@sweepline/embedded/Embedded"

/** A folder that is there as long as its scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sweepline-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** The embedded backend in a database of its own. */
export const sqlite = Layer.unwrapScoped(
  Effect.map(temporaryFolder, (folder) => Embedded.layer({ path: join(folder, "sweepline.db") }))
)
