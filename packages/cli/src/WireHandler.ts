import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as FileStore from "@sweepline/server/FileStore"
import * as Server from "@sweepline/server/Server"
import * as ServerConfig from "@sweepline/server/ServerConfig"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { RequestListener } from "node:http"
import type { Local } from "./Local.js"
import * as SweepTotal from "./SweepTotal.js"

/** How the server behaves, and where it keeps what clients upload: a folder, absolute. */
export interface Options extends Partial<ServerConfig.ServerConfig["Type"]> {
  readonly apiKey: ServerConfig.ServerConfig["Type"]["apiKey"]
  readonly files: string
}

/** Answers W&B's clients over a state folder. Loaded only where something asks: it carries GraphQL. */
export const make = (
  options: Options
): Effect.Effect<RequestListener, never, Local | FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.flatMap(Layer.build(layer(options)), (context) =>
    NodeHttpServer.makeHandler(Context.get(context, Server.Server))
  )

// internal

const layer = ({ files, ...config }: Options) =>
  Server.layer.pipe(
    Layer.provide(FileStore.layerDirectory(files)),
    Layer.provide(ServerConfig.layer({ mostRuns: SweepTotal.of, ...config }))
  )
