/** Runs that are gone, with all that was kept of them. */
import { Documents } from "@sweepline/core/Documents"
import * as Effect from "effect/Effect"
import * as ArtifactLineage from "./ArtifactLineage.js"
import * as ArtifactRemoval from "./ArtifactRemoval.js"
import * as Lines from "./Lines.js"
import * as RunDocument from "./RunDocument.js"
import * as RunFiles from "./RunFiles.js"
import * as RunLife from "./RunLife.js"
import * as WireRun from "./WireRun.js"

/** Forgets a run that is of no sweep. Its files go first: until they are gone, it can be asked for again. */
export const remove = Effect.fnUntraced(function* (path: Lines.RunPath) {
  const documents = yield* Documents
  yield* RunFiles.remove(path)
  yield* documents.write((writer) => {
    ArtifactLineage.unlink(writer, path)
    Lines.remove(writer, path)
    RunLife.leave(writer, path)
    RunDocument.remove(writer, path)
  })
})

/**
 * Forgets what is kept of a run whose sweep was removed: for who has just kept something, since another process may have
 * removed it meanwhile, and then nobody else would.
 */
export const tidy = Effect.fnUntraced(function* (path: Lines.RunPath) {
  const documents = yield* Documents
  const isKept = (yield* documents.read((reader) => RunDocument.get(reader, path))) !== undefined
  if (isKept && (yield* WireRun.find(path)) === undefined) yield* remove(path)
})

/** Removes the artifacts that a run made; those that it only found to be there already are another's. */
export const removeArtifacts = Effect.fnUntraced(function* (path: Lines.RunPath) {
  const documents = yield* Documents
  const all = yield* documents.read((reader) => ArtifactLineage.ofRun(reader, "output", path))
  yield* Effect.forEach(
    all.filter(({ run }) => run === path.name),
    ArtifactRemoval.remove,
    { discard: true }
  )
})
