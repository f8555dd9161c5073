import type { SweepConfig } from "@sweepline/core/SweepConfig"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"

/** How a server behaves. Only the key has no default. */
export class ServerConfig extends Context.Tag("@sweepline/server/ServerConfig")<
  ServerConfig,
  {
    /** What clients must show; 40 characters or more, or the W&B SDK refuses it (C.5). */
    readonly apiKey: Redacted.Redacted
    /** The one user, who is also an entity of his own. */
    readonly username: string
    readonly email: string
    /** The entity of whoever names none. */
    readonly entity: string
    /** Entities besides those two. */
    readonly teams: ReadonlyArray<string>
    /** The project of runs and sweeps that name none, also of sweeps that were not created over the wire. */
    readonly project: string
    /**
     * Names, without a port, under which a request may address the server; `undefined` allows any. A page in a browser
     * could otherwise reach a server on this machine under a name of its own.
     */
    readonly hosts: ReadonlyArray<string> | undefined
    /** Where clients reach the server, without a trailing slash; by default as their request addressed it. */
    readonly publicUrl: string | undefined
    /**
     * Who says that a run of a sweep has ended: its client (as on W&B), or the launch agent of the same backend that
     * watches its process, and then what the client says of it is only kept with the run. Runs of a sweep that has a
     * server of its own (`Endpoint`) are always watched.
     */
    readonly runEnds: "client" | "agent"
    /** How many runs a sweep has at most, which is its search's to know; `undefined`: no end. By default its run_cap. */
    readonly mostRuns: (config: SweepConfig) => number | undefined
    /** A running run without any traffic for so long has crashed (F.4). */
    readonly crashAfter: Duration.Duration
    /** The longest body of a GraphQL request, in bytes. */
    readonly maxQuery: number
    /** The longest body of a file_stream request, in bytes. */
    readonly maxStream: number
    /** The largest file, in bytes. */
    readonly maxUpload: number
    /** How deep a query may nest. */
    readonly maxDepth: number
  }
>() {}

/** The names of this machine to itself. */
export const loopback: ReadonlyArray<string> = ["127.0.0.1", "localhost", "[::1]"]

/** For a server on this machine alone. */
export const defaults = {
  username: "local",
  email: "",
  entity: "local",
  teams: [],
  project: "uncategorized",
  hosts: loopback,
  publicUrl: undefined,
  runEnds: "client",
  mostRuns: ({ runCap }) => runCap,
  crashAfter: Duration.minutes(5),
  maxQuery: 16 * 1024 ** 2,
  maxStream: 64 * 1024 ** 2,
  maxUpload: 4 * 1024 ** 3,
  maxDepth: 20
} as const satisfies Omit<ServerConfig["Type"], "apiKey">

/** A configuration: the defaults, and what is given. */
export const layer = (
  options: Partial<ServerConfig["Type"]> & Pick<ServerConfig["Type"], "apiKey">
): Layer.Layer<ServerConfig> => Layer.succeed(ServerConfig, { ...defaults, ...options })

/** Every entity that there is. */
export const entities = (self: ServerConfig["Type"]): ReadonlySet<string> =>
  new Set([self.username, self.entity, ...self.teams])
