import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * A time as people write it: `30s`, `1.5h`, `2 days`; a bare number is seconds. None is negative, and none without an
 * end: nothing that is stored of a sweep could hold that.
 */
export const durationOf = (text: string): Option.Option<Duration.Duration> =>
  Duration.decodeUnknown(
    /^[0-9.]+$/.test(text)
      ? `${text} seconds`
      : text
          .trim()
          .replace(
            /^([0-9.]+)\s*(ms|s|m|h|d)$/,
            (_, amount: string, unit: string) => `${amount} ${units.get(unit) ?? unit}`
          )
  ).pipe(Option.filter((found) => /^[\s0-9.]/.test(text) && Duration.isFinite(found)))

// internal

const units = new Map([
  ["ms", "millis"],
  ["s", "seconds"],
  ["m", "minutes"],
  ["h", "hours"],
  ["d", "days"]
])
