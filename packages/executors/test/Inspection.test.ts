import { writeFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { JobStatus } from "@sweepline/core/Executor"
import * as Claim from "@sweepline/executors/Claim"
import * as Inspection from "@sweepline/executors/Inspection"
import * as Liveness from "@sweepline/executors/Liveness"
import type { ProcessStat } from "@sweepline/executors/ProcessStat"
import { ProcessTable } from "@sweepline/executors/ProcessTable"
import * as RunFolder from "@sweepline/executors/RunFolder"
import { key, temporary } from "./support.js"

describe("what became of a job", () => {
  it.scoped("is its exit code, wherever it ran", () =>
    Effect.gen(function* () {
      const { status, subject } = yield* world()
      writeFileSync(RunFolder.exitCode(subject.folder), "3\n")
      const found = yield* status({ ...claim, host: "another", namespace: "another" })
      assert.isTrue(found?._tag === "Exited" && found.code === 3)
    })
  )

  it.scoped("is its exit code also where it was written while its process was looked for", () =>
    Effect.gen(function* () {
      const { status } = yield* world({
        look: (folder) => {
          writeFileSync(RunFolder.exitCode(folder), "3\n")
          return new Map()
        }
      })
      assert.strictEqual((yield* status(claim))?._tag, "Exited")
    })
  )

  it.scoped("is that it was given up, whoever did so", () =>
    Effect.gen(function* () {
      const { status, subject } = yield* world()
      const elsewhere = { ...here, host: "another", namespace: "another" }
      for (const [n, machine] of [here, elsewhere].entries()) {
        const path = `${RunFolder.claim(subject.folder)}${n}`
        Claim.giveUp(path, machine)
        const given = Claim.read(path)
        assert(given.kind === "held")
        assert.deepStrictEqual(yield* status(given.claim), Liveness.givenUp)
      }
    })
  )

  it.scoped(
    "is that it crashed, where its process is gone; what it left is killed, but nothing that isn't its own",
    () =>
      Effect.gen(function* () {
        for (const own of [true, false]) {
          const { sent, status } = yield* world({ own })
          assert.strictEqual((yield* status(claim))?._tag, "Crashed")
          assert.deepStrictEqual(sent, own ? ["SIGKILL 12", "SIGKILL 13"] : [])
        }
      })
  )

  it.scoped("is that it was killed, where it was asked to end", () =>
    Effect.gen(function* () {
      const { status } = yield* world()
      assert.deepStrictEqual(yield* status(claim, true), JobStatus.Killed())
    })
  )
})

// fixtures

const here = { boot: "b1", namespace: "n1", host: "h1" }
const claim: Claim.Claim = { ...here, pid: 12, listed: 12, token: "t", startTime: "5" }
/** Of the session of the job with pid 12, in a group of its own. */
const left: ProcessStat = { pid: 13, group: 13, session: 12, startTime: "6", zombie: false }

/** A job whose process is gone, and one that may be what it left; `own`: which says that it belongs to the run. */
const world = Effect.fnUntraced(function* (
  options: {
    readonly own?: boolean
    readonly look?: (folder: RunFolder.RunFolder) => ReadonlyMap<number, ProcessStat>
  } = {}
) {
  const folder = RunFolder.make(yield* temporary, key("one"))
  RunFolder.create(folder)
  const sent: Array<string> = []
  const table = ProcessTable.of({
    here,
    look: () => options.look?.(folder) ?? new Map(),
    all: () => [left],
    hasVariable: () => options.own ?? true,
    commandLine: () => [],
    signal: (group, signal) => sent.push(`${signal} ${group}`) > 0
  })
  const subject = { key: key("one"), folder }
  const status = (claim: Claim.Claim, asked = false) =>
    Effect.sync(() => Inspection.look(table, [{ ...subject, claim }], () => asked).statuses.get(subject.key))
  return { sent, status, subject }
})
