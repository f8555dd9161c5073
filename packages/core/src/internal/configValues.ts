/** Values of the environment that must make sense before anything begins. */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"

/** A number of things. */
export const count = (name: string): Config.Config<number> =>
  Config.integer(name).pipe(
    Config.validate({ message: "Expected a whole number from 0 on", validation: (given: number) => given >= 0 })
  )

/** Time between two looks, of which there must be some. */
export const interval = (name: string): Config.Config<Duration.Duration> =>
  Config.duration(name).pipe(
    Config.validate({
      message: "Expected a duration of at least 10 millis",
      validation: (given: Duration.Duration) => Duration.greaterThanOrEqualTo(given, Duration.millis(10))
    })
  )
