import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, TestClock } from "effect"
import * as Program from "@sweepline/executors/Program"
import * as Timeouts from "@sweepline/executors/Timeouts"
import * as ToldEnds from "@sweepline/executors/ToldEnds"
import { key, temporary } from "./support.js"

describe("a program that is started again and again", () => {
  it.scoped("is looked for again once it isn't there any more, or may not be executed", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const [first = "", second = ""] = ["first", "second"].map((name) => join(folder, name))
      for (const place of [first, second]) {
        mkdirSync(place)
        writeFileSync(join(place, "train"), "", { mode: 0o755 })
      }
      const locate = Program.remembering()
      const find = () => locate("train", folder, `${first}:${second}`)
      assert.deepStrictEqual([find(), find()], [{ path: join(first, "train") }, { path: join(first, "train") }])
      rmSync(join(first, "train"))
      assert.deepStrictEqual(find(), { path: join(second, "train") })
      chmodSync(join(second, "train"), 0o644)
      assert.include(JSON.stringify(find()), "may not be executed")
      rmSync(join(second, "train"))
      assert.include(JSON.stringify(find()), "is not on the PATH")
    })
  )

  it.scoped("is another one in another folder, or on another PATH", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      writeFileSync(join(folder, "train"), "", { mode: 0o755 })
      const locate = Program.remembering()
      assert.deepStrictEqual(locate("./train", folder, undefined), { path: join(folder, "train") })
      assert.include(JSON.stringify(locate("./train", "/", undefined)), "there is no file")
      assert.deepStrictEqual(locate("train", "/", folder), { path: join(folder, "train") })
      assert.include(JSON.stringify(locate("train", "/", "/none")), "is not on the PATH")
    })
  )

  it.scoped("is remembered no longer than few enough others are started: each job may have a folder of its own", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const [first = "", second = ""] = ["first", "second"].map((name) => join(folder, name))
      for (const place of [first, second]) mkdirSync(place)
      writeFileSync(join(second, "train"), "", { mode: 0o755 })
      const locate = Program.remembering()
      const find = (cwd: string) => locate("train", cwd, `${first}:${second}`)
      find("/")
      writeFileSync(join(first, "train"), "", { mode: 0o755 })
      assert.deepStrictEqual(find("/"), { path: join(second, "train") })
      for (let n = 0; n < 100; n++) find(`/${n}`)
      assert.deepStrictEqual(find("/"), { path: join(first, "train") })
    })
  )

  it.scoped("is found behind folders of the PATH that can't be looked into", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      symlinkSync(join(folder, "loop"), join(folder, "loop"))
      writeFileSync(join(folder, "file"), "")
      writeFileSync(join(folder, "train"), "", { mode: 0o755 })
      const path = [join(folder, "loop"), join(folder, "file"), folder].join(":")
      assert.deepStrictEqual(Program.locate("train", "/", path), { path: join(folder, "train") })
      assert.include(JSON.stringify(Program.locate("./loop/train", folder, undefined)), "may not be searched")
    })
  )
})

describe("Timeouts", () => {
  it.scoped("call back in time, each once, and not where they were cancelled", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const timeouts = yield* Timeouts.make(Duration.seconds(10))
      timeouts.add(() => told.push("a"))
      timeouts.add(() => told.push("b"))()
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(told, [])
      timeouts.add(() => told.push("c"))
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(told, ["a"])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(told, ["a", "c"])
    })
  )
})

describe("ToldEnds", () => {
  it("remember the last ones", () => {
    const ends = ToldEnds.make()
    for (let code = 0; code < 300; code++) ends.set(key(`run${code}`), { code, output: 0 })
    assert.isUndefined(ends.get(key("run0")))
    assert.deepStrictEqual(ends.get(key("run299")), { code: 299, output: 0 })
  })
})
