import { assert, describe, it } from "@effect/vitest"
import * as Colors from "../src/Colors.js"
import * as ProgressView from "../src/ProgressView.js"
import * as Text from "../src/Text.js"
import { report, run } from "./fixtures/reports.js"

const runs = [
  run("aaaaaaaa", { accuracy: 0.81, lr: 0.002, startedAt: 0, endedAt: 4000 }),
  run("bbbbbbbb", { accuracy: 0.93, lr: 0.05, startedAt: 0, endedAt: 6000 }),
  run("cccccccc", { state: "failed", startedAt: 4000, endedAt: 9000 }),
  run("dddddddd", { state: "running", accuracy: 0.4, startedAt: 6000 }),
  run("eeeeeeee", { state: "running", startedAt: 9000 })
]

const progress = {
  report: report(...runs),
  now: 10_000,
  since: 0,
  workers: 2,
  total: 10,
  note: undefined
}

const draw = (colors: boolean, columns = 100, rows = 40) =>
  ProgressView.render(progress, { columns, rows, colors: Colors.make(colors) })

describe("ProgressView", () => {
  it("shows what is done, what runs, what is best, and how long it takes", () => {
    assert.deepStrictEqual(draw(false), [
      "",
      " digits k3p9x0qa · random over 2 parameters · 2 workers · maximize accuracy",
      " ━━━━━━━━━━━━━━━━━───────────────── 3/10  2 running · 2 finished · 1 failed  0:10 (about 0:15 left)",
      "",
      " RUN       STATE    TIME  accuracy    lr  layers",
      " dddddddd  running  0:04    0.4000  0.01       2",
      " eeeeeeee  running  0:01         –  0.01       2",
      "",
      " best 0.9300  bbbbbbbb  lr 0.05  layers 2"
    ])
  })

  it("names a sweep that has no name by its id alone", () => {
    const title = (name: string) =>
      ProgressView.title({ ...report(), sweep: { ...report().sweep, name } }, undefined, Colors.make(false))
    const [, ...rest] = title("digits").split(" ")
    for (const name of ["", "k3p9x0qa"]) assert.strictEqual(title(name), rest.join(" "))
  })

  it("colours without changing the text", () => {
    assert.deepStrictEqual(draw(true).map(Text.plain), draw(false))
  })

  it("leaves parameters out where the terminal is narrow, and runs where it is low", () => {
    assert.include(draw(false, 40).join("\n"), " RUN       STATE    TIME  accuracy  +2")
    assert.isTrue(draw(false, 100, 10).length < 10)
  })

  it("judges the time left by the runs that ended", () => {
    assert.isUndefined(ProgressView.timeLeft({ ...progress, report: report() }))
    assert.isUndefined(ProgressView.timeLeft({ ...progress, total: undefined }))
    assert.strictEqual(ProgressView.timeLeft(progress), 15_000)
  })
})
