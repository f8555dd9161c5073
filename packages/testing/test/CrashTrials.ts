/** Every crash, or a sample of them, and every call that fails: what was tried, and what came out wrong. */
import * as CrashStory from "./CrashStory.js"
import type { CrashSweep } from "./CrashSweeps.js"
import * as CrashWorld from "./CrashWorld.js"
import { Trouble } from "./CrashTrouble.js"

/** What was tried. */
export interface Count {
  readonly tried: number
  /** How many different worlds it led to; from each, the rest was lived. */
  readonly worlds: number
  /** Where it went wrong, and how. */
  readonly failures: ReadonlyArray<string>
}

/** Which of many to try: the first, and every `every`-th after it. */
export interface Sample {
  readonly every: number
}

/** Milliseconds without anybody: too short for anything to end, and long enough for every job and every lease of an item. */
export const downtimes = { short: 1_000, long: 600_000 } as const

/** A crash at every call of the sweep's life, before and after its effect. */
export const singles = (crashSweep: CrashSweep, downtime: number, { every }: Sample = { every: 1 }): Count => {
  const trial = begin(crashSweep)
  for (const first of sampled(crashes(trial.calls), every)) {
    const chapter = CrashStory.live(trial.world, first, downtime)
    trial.judge(trial.finish(chapter), chapter)
  }
  return trial.count()
}

/**
 * A crash at every call of the life, before and after its effect, and another at every call of the recovery
 * from it. A sample of them takes the square root of `every` from the first crashes, and as much from the second.
 */
export const pairs = (crashSweep: CrashSweep, { every }: Sample = { every: 1 }): Count => {
  const trial = begin(crashSweep)
  const stride = Math.ceil(Math.sqrt(every))
  const recoveries = new Map<string, ReadonlyArray<Recovery>>()
  for (const first of sampled(crashes(trial.calls), stride)) {
    const chapter = CrashStory.live(trial.world, first, downtimes.short)
    const key = CrashWorld.fingerprint(chapter.world)
    const recovery = (second: Trouble): Recovery => {
      const next = CrashStory.live(chapter.world, second)
      return { next, rest: trial.finish(next) }
    }
    // From the same bytes at the same time, the recovery is the same.
    const all =
      recoveries.get(key) ?? sampled(crashes(trial.finish(chapter).lives[0]?.calls ?? 0), stride).map(recovery)
    recoveries.set(key, all)
    for (const { next, rest } of all) trial.judge(rest, chapter, next)
  }
  return trial.count()
}

interface Recovery {
  readonly next: CrashStory.Chapter
  readonly rest: CrashStory.Rest
}

/** A call that fails before or after its effect, or that happens twice: each call of the life, in each way. */
export const faults = (crashSweep: CrashSweep, { every }: Sample = { every: 1 }): Count => {
  const trial = begin(crashSweep)
  const all: Array<Trouble> = []
  for (let call = 1; call <= trial.calls; call++) {
    for (const when of ["before", "after", "twice"] as const) all.push(Trouble.Fault({ call, when }))
  }
  for (const fault of sampled(all, every)) {
    const chapter = CrashStory.live(trial.world, fault)
    // Not every call can fail, nor happen twice.
    if (chapter.life.struck !== undefined) trial.judge(trial.finish(chapter), chapter)
  }
  return trial.count()
}

// internal

const crashes = (calls: number): ReadonlyArray<Trouble> =>
  Array.from({ length: calls }, (_, index) => index + 1).flatMap((call) => [
    Trouble.Crash({ call, when: "before" }),
    Trouble.Crash({ call, when: "after" })
  ])

const sampled = <A>(all: ReadonlyArray<A>, every: number): ReadonlyArray<A> =>
  all.filter((_, index) => index % every === 0)

/** The sweep without trouble, lived once however many kinds of trouble are held against it. */
const calmly = (crashSweep: CrashSweep): CalmStory => {
  const known = calmStories.get(crashSweep)
  if (known !== undefined) return known
  const world = CrashWorld.make(crashSweep)
  const calm = CrashStory.live(world, Trouble.None())
  const story: CalmStory = { world, calls: calm.life.calls, expected: CrashStory.finish(calm) }
  calmStories.set(crashSweep, story)
  return story
}

interface CalmStory {
  readonly world: CrashWorld.World
  readonly calls: number
  readonly expected: CrashStory.Rest
}

const calmStories = new WeakMap<CrashSweep, CalmStory>()

/** A kind of trouble that is tried: what it comes to is held against the sweep without trouble. */
const begin = (crashSweep: CrashSweep) => {
  const { finish, told } = CrashStory.makeFinish()
  const { calls, expected, world } = calmly(crashSweep)
  const failures: Array<string> = []
  let tried = 0
  if (expected.violations.length > 0)
    failures.push(`${crashSweep.name}, without trouble: ${expected.violations.join("; ")}`)
  if (canonical(expected.ends) !== canonical(crashSweep.ends)) {
    failures.push(`${crashSweep.name}, without trouble, comes to ${canonical(expected.ends)}`)
  }
  return {
    world,
    calls,
    finish,
    judge: (rest: CrashStory.Rest, ...chapters: ReadonlyArray<CrashStory.Chapter>) => {
      tried += 1
      const wrong = [...rest.violations]
      const missing = expected.table.filter((line) => !rest.table.includes(line))
      const extra = rest.table.filter((line) => !expected.table.includes(line))
      if (missing.length + extra.length > 0) wrong.push(`instead of ${missing.join(", ")} there is ${extra.join(", ")}`)
      if (wrong.length > 0)
        failures.push(`${crashSweep.name}: ${chapters.map(place).join(", then ")}: ${wrong.join("; ")}`)
    },
    count: (): Count => ({ tried, worlds: told(), failures })
  }
}

const canonical = (ends: Readonly<Record<string, number>>): string => JSON.stringify(Object.entries(ends).sort())

const place = ({ life: { struck }, trouble }: CrashStory.Chapter): string =>
  trouble._tag === "None"
    ? "no trouble"
    : `${trouble._tag} ${trouble.when} call ${trouble.call} (${struck ?? "not reached"})`
