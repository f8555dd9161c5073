import * as Context from "effect/Context"

/** What a request tells of how the server was reached: the base of the URLs that it hands out, without a trailing slash. */
export class RequestOrigin extends Context.Tag("@sweepline/server/RequestOrigin")<RequestOrigin, string>() {}
