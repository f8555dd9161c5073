import * as Encoding from "effect/Encoding"

/** The id of a run in mutations: base64 of `Run:v1:<run>:<project>:<entity>` (B69, F.8). */
export const ofRun = (path: { readonly run: string; readonly project: string; readonly entity: string }): string =>
  Encoding.encodeBase64(`Run:v1:${path.run}:${path.project}:${path.entity}`)
