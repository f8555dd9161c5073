import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { JobStatus } from "@sweepline/core/Executor"
import { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "@sweepline/executors/Claim"
import * as ExitCode from "@sweepline/executors/ExitCode"
import * as ForkServerProtocol from "@sweepline/executors/ForkServerProtocol"
import { End } from "@sweepline/executors/Started"
import * as Liveness from "@sweepline/executors/Liveness"
import * as MachineIdentity from "@sweepline/executors/MachineIdentity"
import * as ProcessStat from "@sweepline/executors/ProcessStat"
import * as RunFolder from "@sweepline/executors/RunFolder"
import * as StopRequest from "@sweepline/executors/StopRequest"
import * as Wrapper from "@sweepline/executors/Wrapper"
import { temporary } from "./support.js"

const here = { boot: "b1", namespace: "4026531836", host: "h1" }

describe("ProcessStat", () => {
  it("reads /proc/PID/stat, also of a program with spaces and parentheses in its name", () => {
    const fields = `3559 7430 7431 0 -1 4194304 99 0 0 0 0 0 0 0 20 0 1 0 120663 3133440 393 18446744073709551615`
    assert.deepStrictEqual(ProcessStat.parseLinux(`7432 (a) (b c) R ${fields}`), {
      pid: 7432,
      group: 7430,
      session: 7431,
      startTime: "120663",
      zombie: false
    })
    assert.isTrue(ProcessStat.parseLinux(`7432 (sh) Z ${fields}`)?.zombie)
    assert.isTrue(ProcessStat.parseLinux(`7432 (sh) X ${fields}`)?.zombie)
    assert.isUndefined(ProcessStat.parseLinux(""))
    assert.isUndefined(ProcessStat.parseLinux("7432 (sh) R 1 2"))
  })

  it("reads what ps prints on macOS", () => {
    const printed = [
      "    1     1 Ss   Mon Nov  2 09:12:44 2026    ",
      "41235 41235 Ss   Sun Nov 22 14:56:00 2026    ",
      "41236 41235 S+   Sun Nov 22 14:56:01 2026    ",
      "41237 41235 Z    Sun Nov 22 14:56:01 2026    ",
      ""
    ].join("\n")
    const found = ProcessStat.parseDarwin(printed)
    assert.deepStrictEqual(
      found.map(({ group, pid, zombie }) => [pid, group, zombie]),
      [
        [1, 1, false],
        [41235, 41235, false],
        [41236, 41235, false],
        [41237, 41235, true]
      ]
    )
    // The wrapper's unquoted `echo` joins the words of the same date by single spaces.
    assert.strictEqual(found[0]?.startTime, "Mon Nov 2 09:12:44 2026")
  })
})

describe("MachineIdentity", () => {
  it("reads the boot time and the machine's id on macOS", () => {
    assert.strictEqual(
      MachineIdentity.parseBootTime("{ sec = 1700000000, usec = 12 } Tue Nov 14 22:13:20 2023"),
      "1700000000"
    )
    assert.strictEqual(
      MachineIdentity.parsePlatformUuid('    "IOPlatformUUID" = "1F2E3D4C-0000-5555-AAAA-1234567890AB"\n'),
      "1F2E3D4C-0000-5555-AAAA-1234567890AB"
    )
  })

  it("tells a reboot from another machine and another namespace", () => {
    assert.strictEqual(MachineIdentity.place(here, here), "here")
    assert.strictEqual(MachineIdentity.place({ ...here, host: "renamed" }, here), "here")
    assert.strictEqual(MachineIdentity.place({ ...here, boot: "b0" }, here), "rebooted")
    assert.strictEqual(MachineIdentity.place({ ...here, namespace: "1" }, here), "elsewhere")
    assert.strictEqual(MachineIdentity.place({ ...here, boot: "b0", host: "h0" }, here), "elsewhere")
  })
})

describe("Claim", () => {
  it("reads back what it writes, with a start time of one word or several", () => {
    for (const startTime of ["120663", "Sun Nov 22 14:56:00 2026"]) {
      const claim = { ...here, pid: 12, listed: 345, token: "t", startTime }
      assert.deepStrictEqual(Claim.parse(Claim.line(claim)), claim)
    }
  })

  it("takes no other line for one", () => {
    for (const text of [
      "",
      "1",
      "hello",
      "2 12 12 b n h t 5",
      "1 0 0 b n h t 5",
      "1 12 12 b n h t",
      "1 x 12 b n h t 5"
    ]) {
      assert.isUndefined(Claim.parse(text))
    }
  })

  it.scoped("is that of whoever wrote it first, also of one who only gives the key up", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const [free, taken] = [join(folder, "free"), join(folder, "taken")]
      const claim = { ...here, pid: 12, listed: 12, token: "t", startTime: "5" }
      writeFileSync(taken, `${Claim.line(claim)}\n`)
      assert.isFalse(Claim.giveUp(taken, here))
      assert.deepStrictEqual(Claim.read(taken), { kind: "held", claim })
      assert.isFalse(Claim.isGivenUp(claim))
      assert.isTrue(Claim.giveUp(free, here))
      assert.isFalse(Claim.giveUp(free, here))
      const given = Claim.read(free)
      assert.isTrue(given.kind === "held" && Claim.isGivenUp(given.claim))
      assert.throws(() => Claim.giveUp(join(folder, "none", "claim"), here), "ENOENT")
    })
  )
})

describe("Liveness", () => {
  const claim = { ...here, pid: 12, listed: 12, token: "t", startTime: "5" }
  const found = { pid: 12, group: 12, session: 12, startTime: "5", zombie: false }

  it("needs the same start time, and no zombie", () => {
    assert.isTrue(Liveness.isAlive(claim, found))
    assert.isFalse(Liveness.isAlive(claim, undefined))
    assert.isFalse(Liveness.isAlive(claim, { ...found, startTime: "6" }))
    assert.isFalse(Liveness.isAlive(claim, { ...found, zombie: true }))
  })

  it("calls a job killed that died from the signal we sent, and none that ended by itself", () => {
    assert.deepStrictEqual(
      Liveness.ended(143, () => true),
      JobStatus.Killed()
    )
    assert.deepStrictEqual(
      Liveness.ended(137, () => true),
      JobStatus.Killed()
    )
    assert.deepStrictEqual(
      Liveness.ended(143, () => false),
      JobStatus.Exited({ code: 143 })
    )
    assert.deepStrictEqual(
      Liveness.ended(0, () => true),
      JobStatus.Exited({ code: 0 })
    )
    assert.deepStrictEqual(Liveness.gone(true, false), JobStatus.Killed())
    const full = Liveness.gone(false, true)
    assert.isTrue(full._tag === "Crashed" && full.detail.includes("the disk is full"))
  })
})

describe("small files", () => {
  it("an exit code is a number up to 255 and a newline", () => {
    assert.deepStrictEqual(["0\n", "255\n", "256\n", "7", "", "-1\n", "7\n8\n"].map(ExitCode.parse), [
      0,
      255,
      undefined,
      undefined,
      undefined,
      undefined,
      7
    ])
  })

  it("what is left of a grace time is never more than it was, whatever the clock says", () => {
    const request = { deadline: 10_000, grace: 3_000 }
    assert.deepStrictEqual(
      [9_000, 20_000, 0].map((now) => StopRequest.remaining(request, now)),
      [1_000, 0, 3_000]
    )
  })

  it("a run's folder lasts over its attempts", () => {
    const [first, second] = [1, 2].map((attempt) => RunFolder.make("/r", RunKey.make(`a1b2#${attempt}`)))
    assert.deepStrictEqual(first, { run: "/r/a1b2", attempt: "/r/a1b2/1" })
    assert.deepStrictEqual(second, { run: "/r/a1b2", attempt: "/r/a1b2/2" })
  })

  it("the wrapper starts no process on Linux but the job, and asks ps on macOS", () => {
    assert.notMatch(Wrapper.text("linux"), /\$\(|`|\bps\b|\bcat\b/)
    assert.include(Wrapper.text("darwin"), "ps -o lstart=")
  })
})

describe("ForkServerProtocol", () => {
  const job = (argv: ReadonlyArray<string>) =>
    ForkServerProtocol.job("7", {
      folder: { run: "/runs/é", attempt: "/runs/é/1" },
      files: new Map([["config.yaml", "x: 1\n"]]),
      claim: "b1 4026531836 h1 token",
      argv,
      cwd: "/project",
      env: { set: new Map([["LR", "0.1"]]), unset: ["GPU"] }
    })

  it("tells a job as fields after their length in bytes", () => {
    const text = job(["/usr/bin/true", ""]) ?? ""
    const [size = "", ...rest] = text.split("\n")
    assert.strictEqual(Number(size), Buffer.byteLength(rest.join("\n")))
    const fields = rest.join("\n").replaceAll("\0", "|")
    const files = "1|config.yaml|x: 1\n"
    const place = "7|/runs/é|/runs/é/1|b1 4026531836 h1 token|/project"
    assert.strictEqual(fields, `${place}|${files}|1|LR|0.1|1|GPU|/usr/bin/true|`)
  })

  it("has no words for a job with a NUL in it", () => {
    assert.isUndefined(job(["/usr/bin/echo", "a\0b"]))
  })

  it("understands what the server says, in whatever pieces it comes", () => {
    const heard: Array<ForkServerProtocol.Message | undefined> = []
    const hear = ForkServerProtocol.lines((line) => heard.push(ForkServerProtocol.parse(line)))
    const claim = "1 12 12 b1 4026531836 h1 token 1206"
    const said = `ready\n1 claimed ${claim}\n1 done 3 120\n2 exited 71\n3 signalled\n4 claimed what\n`
    for (let from = 0; from < said.length; from += 5) hear(said.slice(from, from + 5))
    assert.deepStrictEqual(heard, [
      { _tag: "Ready" },
      { _tag: "Claimed", id: "1", claim: { ...here, pid: 12, listed: 12, token: "token", startTime: "1206" } },
      { _tag: "Ended", id: "1", end: End.Done({ code: 3, output: 120 }) },
      { _tag: "Ended", id: "2", end: End.Exited({ code: 71 }) },
      { _tag: "Ended", id: "3", end: End.Signalled() },
      undefined
    ])
  })

  it("names the error of a process that could not be started", () => {
    const message = ForkServerProtocol.parse("5 failed 12")
    assert.deepNestedInclude(message, { _tag: "Ended", id: "5", "end._tag": "NotStarted", "end.cause.code": "ENOMEM" })
  })
})
