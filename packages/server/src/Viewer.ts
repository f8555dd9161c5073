/** Who asks, and what the server can do (B.3). */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as GlobalId from "./GlobalId.js"
import { field, lazy, node, optional, RawJson, type Value } from "./GraphValue.js"
import { entities, ServerConfig } from "./ServerConfig.js"

/** The version that clients are told. */
export const version = "0.1.0"

/** The one user. */
export const viewer = lazy(Effect.map(ServerConfig, (config) => userOf(config)))

/** The fields of a query that are about users, entities and the server. */
export const queries: Readonly<Record<string, Value>> = {
  viewer,
  users: field(Schema.Struct({ query: optional(Schema.String) }), ({ query }) =>
    Effect.map(ServerConfig, (config) => {
      const known = query === undefined || query === config.username || (query === config.email && query !== "")
      return node({ edges: known ? [node({ node: userOf(config) })] : [] })
    })
  ),
  serverInfo: node({
    // No feature that is asked for is here: clients then take the ways that all servers know.
    features: [],
    cliVersionInfo: new RawJson(`{"max_cli_version": "99.0.0"}`),
    latestLocalVersionInfo: node({
      outOfDate: false,
      latestVersionString: version,
      versionOnThisInstanceString: version
    })
  }),
  entity: field(Schema.Struct({ name: optional(Schema.String) }), ({ name }) =>
    Effect.map(ServerConfig, (config) =>
      name !== undefined && entities(config).has(name) ? entityNode(name, config) : null
    )
  ),
  // A server of one's own has no organizations.
  organization: null
}

/** An entity: the user, or a team. */
export const entityNode = (name: string, config: ServerConfig["Type"]) =>
  node({
    id: GlobalId.encodeName("Entity", name),
    name,
    isTeam: name !== config.username,
    entityType: name === config.username ? "user" : "team",
    available: false,
    readOnly: false,
    xxhashDigestsEnabled: false,
    organization: null,
    user: name === config.username ? userOf(config) : null
  })

// internal

const userOf = (config: ServerConfig["Type"]) =>
  node({
    id: GlobalId.encodeName("User", config.username),
    name: config.username,
    username: config.username,
    email: config.email,
    admin: false,
    flags: "{}",
    entity: config.entity,
    deletedAt: null,
    apiKeys: node({ edges: [] }),
    organizations: [],
    teams: node({
      edges: [...entities(config)]
        .filter((name) => name !== config.username)
        .map((name) => node({ node: node({ id: GlobalId.encodeName("Entity", name), name }) }))
    })
  })
