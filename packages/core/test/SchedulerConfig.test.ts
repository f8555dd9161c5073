import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Either } from "effect"
import * as PythonJson from "../src/PythonJson.js"
import * as SchedulerConfig from "../src/SchedulerConfig.js"

describe("a scheduler's defaults", () => {
  it("on W&B are the reference's: a poll every 5 s, the queue named default, ends when paused, cancels when interrupted (B4)", () => {
    assert.deepInclude(SchedulerConfig.defaults, {
      pollInterval: Duration.seconds(5),
      queue: "default",
      onPaused: "exit",
      onInterrupt: "cancel",
      retries: 0
    })
  })
})

describe("the number of workers", () => {
  it.each<[number | undefined, string, number]>([
    [3, '{"scheduler": {"num_workers": 5}}', 3],
    [0, '{"scheduler": {"num_workers": 5}}', 5],
    [undefined, '{"scheduler": {"num_workers": 5}}', 5],
    [undefined, '{"scheduler": {"num_workers": "5"}}', 5],
    [undefined, '{"scheduler": {"num_workers": "0"}}', 0],
    [undefined, '{"scheduler": {"num_workers": "abc"}}', 8],
    [undefined, '{"scheduler": {"num_workers": -1}}', 8],
    [undefined, '{"scheduler": {"num_workers": 4.0}}', 8],
    [undefined, '{"scheduler": {"num_workers": true}}', 8],
    [undefined, '{"scheduler": {"num_workers": null}}', 8],
    [undefined, '{"scheduler": {"num_workers": "²"}}', 8],
    [undefined, '{"scheduler": {}}', 8],
    [undefined, '{"scheduler": null}', 8],
    [undefined, "{}", 8]
  ])("is, with the option %s and the own run's config %s, %s (B15)", (workers, config, expected) => {
    const ownConfig = Either.getOrThrow(PythonJson.parseDict(config))
    assert.strictEqual(Either.getOrThrow(SchedulerConfig.workers({ workers }, ownConfig)).count, expected)
  })

  it.each<[string, string]>([
    ["-1", "is -1, which"],
    ["4.5", "is 4.5, which"],
    ["NaN", "is nan, which"],
    ["1e9", "is 1000000000.0, which"],
    ['"many"', "is many, which"]
  ])("is the usual one, with a warning, where the own run's config says %s", (written, says) => {
    const ownConfig = Either.getOrThrow(PythonJson.parseDict(`{"scheduler": {"num_workers": ${written}}}`))
    const { count, warning = "" } = Either.getOrThrow(SchedulerConfig.workers({ workers: undefined }, ownConfig))
    assert.strictEqual(count, 8)
    assert.include(warning, `${says} is no number of workers: there will be 8.`)
  })

  it.each<[number | undefined, string, string]>([
    [undefined, "1000000000", "is 1000000000, and a scheduler has at most 100000 workers"],
    [undefined, `"${"9".repeat(400)}"`, "and a scheduler has at most 100000 workers"],
    [1e9, "2", "A scheduler has a whole number of workers from 1 to 100000, not 1000000000."],
    [-1, "2", "from 1 to 100000, not -1."],
    [2.5, "2", "from 1 to 100000, not 2.5."],
    [Number.NaN, "2", "from 1 to 100000, not NaN."]
  ])("is refused where no scheduler can have so many: the option %s, the config %s", (workers, written, says) => {
    const ownConfig = Either.getOrThrow(PythonJson.parseDict(`{"scheduler": {"num_workers": ${written}}}`))
    assert.include(
      Either.getOrElse(Either.flip(SchedulerConfig.workers({ workers }, ownConfig)), () => ""),
      says
    )
  })
})

describe("the environment of a scheduler", () => {
  const read = (environment: Readonly<Record<string, string>>) =>
    Effect.withConfigProvider(
      SchedulerConfig.config(SchedulerConfig.localDefaults),
      ConfigProvider.fromMap(new Map(Object.entries(environment)), { pathDelim: "_" })
    )

  it.effect("says what it names, over the given values", () =>
    Effect.map(read({ SWEEPLINE_WORKERS: "3", SWEEPLINE_POLL_INTERVAL: "2 seconds" }), (config) => {
      assert.deepStrictEqual(config, {
        ...SchedulerConfig.localDefaults,
        workers: 3,
        pollInterval: Duration.seconds(2)
      })
    })
  )

  for (const [name, text] of [
    ["SWEEPLINE_WORKERS", "-1"],
    ["SWEEPLINE_RETRIES", "-1"],
    ["SWEEPLINE_POLL_INTERVAL", "0 millis"]
  ] as const) {
    it.effect(`can't say ${name}=${text}`, () =>
      Effect.map(Effect.flip(read({ [name]: text })), (error) => {
        assert.include(error.toString(), name.slice("SWEEPLINE_".length))
      })
    )
  }
})
