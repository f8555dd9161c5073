import { mkdirSync, writeFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "@sweepline/executors/Claim"
import type { ProcessTable } from "@sweepline/executors/ProcessTable"
import * as RunFolder from "@sweepline/executors/RunFolder"
import * as Vacancy from "@sweepline/executors/Vacancy"
import { key, temporary } from "./support.js"

describe("which attempts are over", () => {
  it.scoped("says the exit code, wherever they ran, and whether their process lives here", () =>
    Effect.gen(function* () {
      const runs = yield* temporary
      const table = processes([12])
      const begun = (name: string, more: Partial<Claim.Claim> = {}, exitCode?: string): RunKey => {
        const folder = RunFolder.make(runs, key(name))
        mkdirSync(folder.attempt, { recursive: true })
        writeFileSync(RunFolder.claim(folder), `${Claim.line({ ...claim, ...more })}\n`)
        if (exitCode !== undefined) writeFileSync(RunFolder.exitCode(folder), exitCode)
        return key(name)
      }
      const elsewhere = { boot: "b2", host: "h2" }
      const over = [
        begun("ended", {}, "3\n"),
        begun("ended-elsewhere", elsewhere, "0\n"),
        begun("gone", { pid: 13, listed: 13 }),
        begun("before-the-boot", { boot: "b0" }),
        begun("another-has-its-pid", { startTime: "4" })
      ]
      const notOver = [begun("lives"), begun("elsewhere", elsewhere), begun("half-told", {}, "3"), key("never-began")]
      assert.sameMembers([...Vacancy.of(table, runs, [...over, ...notOver])], over)
      assert.deepStrictEqual(Vacancy.of(table, runs, []), [])
    })
  )

  it.scoped("says an exit code that was written while their processes were looked for", () =>
    Effect.gen(function* () {
      const runs = yield* temporary
      const folder = RunFolder.make(runs, key("late"))
      RunFolder.create(folder)
      writeFileSync(RunFolder.claim(folder), `${Claim.line(claim)}\n`)
      const { look } = processes([12])
      const table = {
        ...processes([]),
        look: (pids: ReadonlyArray<number>) => {
          writeFileSync(RunFolder.exitCode(folder), "0\n")
          return look(pids)
        }
      }
      assert.deepStrictEqual(Vacancy.of(table, runs, [key("late")]), [key("late")])
    })
  )
})

// fixtures

const here = { boot: "b1", namespace: "n1", host: "h1" }
const claim: Claim.Claim = { ...here, pid: 12, listed: 12, token: "t", startTime: "5" }

/** A table that only may be looked at. */
const processes = (living: ReadonlyArray<number>): ProcessTable["Type"] => {
  const refuse = () => assert.fail("who only looks touches nothing")
  return {
    here,
    look: (pids) =>
      new Map(
        living
          .filter((pid) => pids.includes(pid))
          .map((pid) => [pid, { pid, group: pid, session: pid, startTime: "5", zombie: false }])
      ),
    all: refuse,
    hasVariable: refuse,
    commandLine: refuse,
    signal: refuse
  }
}
