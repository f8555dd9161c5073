import * as Encoding from "effect/Encoding"
import * as Either from "effect/Either"

/** The id of a run in mutations: base64 of `Run:v1:<run>:<project>:<entity>` (B69, F.8). */
export const ofRun = (path: { readonly run: string; readonly project: string; readonly entity: string }): string =>
  Encoding.encodeBase64(`Run:v1:${path.run}:${path.project}:${path.entity}`)

/** The run of such an id, if it is one (A.13.1). */
export const runOf = (id: string): string | undefined => {
  const text = Either.getOrUndefined(Encoding.decodeBase64String(id))
  return text?.startsWith("Run:") === true ? text.split(":")[2] : undefined
}
