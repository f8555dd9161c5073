import * as Options from "@effect/cli/Options"
import * as Duration from "effect/Duration"
import * as Projects from "@sweepline/server/Projects"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { invalid, natural } from "./OptionText.js"

// Options of what works for W&B's clients, or in their place: agent, launch-agent and serve.

/** How many runs an agent takes. */
export const count = natural("count", 1).pipe(
  Options.withDescription("The most runs that this agent runs; otherwise as many as there are."),
  Options.optional
)

/** How many runs of an agent may fail in a row. */
export const maxConsecutiveFailedRuns = natural("max-consecutive-failed-runs", 1).pipe(
  Options.withDescription("End the agent once so many runs have failed one after the other."),
  Options.optional
)

/** How many jobs a launch agent runs at a time. */
export const maxJobs = Options.text("max-jobs").pipe(
  Options.withPseudoName("N"),
  Options.withAlias("j"),
  Options.withDescription("Runs at a time, 1 by default; -1 for no limit. One scheduler of a sweep comes on top."),
  Options.withDefault("1"),
  Options.mapEffect((text) =>
    /^(-1|[1-9][0-9]{0,5})$/.test(text)
      ? Effect.succeed(Number(text))
      : Effect.fail(invalid(`--max-jobs takes a whole number of at least 1, or -1 for no limit, not "${text}".`))
  )
)

/** How long runs of an agent have to end. */
export const termTimeout = Options.text("term-timeout").pipe(
  Options.withPseudoName("SECONDS"),
  Options.withDescription("Time a run has to end when it is stopped; otherwise 30 seconds."),
  Options.withDefault("30"),
  Options.mapEffect((text) =>
    /^[0-9]+(\.[0-9]+)?$/.test(text)
      ? Effect.succeed(Duration.millis(Math.ceil(Number(text) * 1000)))
      : Effect.fail(invalid(`--term-timeout takes a number of seconds, not "${text}".`))
  )
)

/** The port of the server. */
export const port = Options.text("port").pipe(
  Options.withPseudoName("N"),
  Options.withDescription("The port to listen on, 8080 by default; 0 takes any that is free."),
  Options.withDefault("8080"),
  Options.mapEffect((text) =>
    /^[0-9]{1,5}$/.test(text) && Number(text) < 65_536
      ? Effect.succeed(Number(text))
      : Effect.fail(invalid(`--port takes a number from 0 to 65535, not "${text}".`))
  )
)

/** The address of the server. */
export const host = Options.text("host").pipe(
  Options.withPseudoName("ADDRESS"),
  Options.withDescription("The address to listen on: 127.0.0.1 by default, this machine alone."),
  Options.withDefault("127.0.0.1"),
  // As of a variable that isn't set: it would be every address that the machine has.
  Options.mapEffect((text) =>
    text.trim() === ""
      ? Effect.fail(invalid('--host "" is no address. To listen on every one of this machine, write 0.0.0.0.'))
      : Effect.succeed(text.trim())
  )
)

/** Where clients reach the server, if that isn't where it listens. */
export const publicUrl = Options.text("public-url").pipe(
  Options.withPseudoName("URL"),
  Options.withDescription("Where clients reach it through a proxy, for example https://sweeps.example.org."),
  Options.mapEffect((text) => {
    const url = Option.getOrUndefined(Option.liftThrowable(() => new URL(text))())
    return url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
      ? Effect.succeed(url)
      : Effect.fail(
          // A password may stand in it.
          invalid(
            `--public-url takes an address alone, such as https://sweeps.example.org, not "${text.replace(/\/\/.*@/, "//…@")}".`
          )
        )
  }),
  Options.optional
)

/** The entities that a server knows. */
export const entities = Options.text("entity").pipe(
  Options.withPseudoName("NAME"),
  Options.withAlias("e"),
  Options.withDescription(
    "An entity that clients may name; may be repeated. The first is everybody's own, otherwise local."
  ),
  Options.repeated,
  Options.mapEffect((names) => {
    const odd = names.find((name) => !Projects.isName(name))
    return odd === undefined
      ? Effect.succeed(names)
      : Effect.fail(invalid(`--entity ${JSON.stringify(odd)} can't be the name of an entity: ${Projects.nameRule}.`))
  })
)
