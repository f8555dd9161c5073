import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { durationOf } from "./DurationText.js"
import { UsageError } from "./UsageError.js"

// The one module that knows the names of environment variables that sweepline itself reads.

const nested = <A>(config: Config.Config<A>): Config.Config<A> => Config.nested(config, "SWEEPLINE")

/** What a person wrote, and where: the name of an option, or of the variable that stands in for it. */
export interface Stated {
  readonly text: string
  readonly by: string
}

/** A variable that stands in for an option; a refusal names it, and not the option that nobody gave. */
const stated = (name: string): Config.Config<Stated> =>
  nested(Config.map(Config.nonEmptyString(name), (text) => ({ text, by: `SWEEPLINE_${name}` })))

/** `SWEEPLINE_DIR`: where state lives. */
export const dir = nested(Config.nonEmptyString("DIR"))
/** `SWEEPLINE_WORKERS`: runs at a time. */
export const workers = stated("WORKERS")
/** `SWEEPLINE_GPUS`: the devices to run on. */
export const gpus = stated("GPUS")
/** `SWEEPLINE_RETRIES`: how often a failed run is run again. */
export const retries = stated("RETRIES")
/** `SWEEPLINE_GRACE`: how long a run that was asked to end may take. */
export const grace = stated("GRACE")
/** `SWEEPLINE_RUN_TIMEOUT`: how long a run may show no sign of life. */
export const runTimeout = stated("RUN_TIMEOUT")
/** `SWEEPLINE_LEASE`: how long a scheduler that doesn't answer keeps its sweep. */
export const lease = nested(
  Config.mapOrFail(Config.nonEmptyString("LEASE"), (text) =>
    durationOf(text).pipe(
      Option.filter(Duration.greaterThanOrEqualTo(Duration.seconds(1))),
      Either.fromOption(() => ConfigError.InvalidData([], `"${text}" is no time of a second or more, such as 30s`))
    )
  )
)
/** `SWEEPLINE_WANDB_SDK`: where runs that use the W&B SDK log to. */
export const wandbSdk = stated("WANDB_SDK")
/** `WANDB_PROJECT`, as W&B's own tools read it. */
export const project: Config.Config<Stated> = Config.map(Config.nonEmptyString("WANDB_PROJECT"), (text) => ({
  text,
  by: "WANDB_PROJECT"
}))

/** `CUDA_VISIBLE_DEVICES`: the GPUs that this process may use. */
export const visibleDevices = Config.string("CUDA_VISIBLE_DEVICES")

const present = (name: string): Config.Config<boolean> =>
  Config.string(name).pipe(
    Config.option,
    Config.map((text) => Option.isSome(text) && text.value !== "")
  )

/** `NO_COLOR` and `FORCE_COLOR`, wherever they aren't empty. */
export const colour = Config.all({ never: present("NO_COLOR"), always: present("FORCE_COLOR") })

/** `TERM`: a dumb terminal can't move its cursor. */
export const dumbTerminal = Config.string("TERM").pipe(
  Config.option,
  Config.map((term) => Option.getOrElse(term, () => "") === "dumb")
)

/** Every variable of this process: what runs inherit, and what `${envvar:NAME}` means. */
export const all = (): Readonly<Record<string, string | undefined>> => process.env

/** The same as a map, without what isn't set. */
export const map = (): ReadonlyMap<string, string> =>
  new Map(Object.entries(all()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))

/** `WANDB_MODE`: whether W&B's SDK logs to a server, in the runs that inherit it. */
export const wandbMode = (): string | undefined => all()["WANDB_MODE"]

/** The sentence for a variable that can't be used. */
export const unusable = (error: ConfigError.ConfigError): UsageError =>
  new UsageError({
    message:
      error._op === "InvalidData"
        ? `The environment variable ${error.path.join("_")} can't be used: ${error.message}. Correct it, or unset it.`
        : String(error)
  })
