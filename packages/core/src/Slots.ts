/**
 * The places on which runs run: one for each worker, or for each GPU. Pure: who holds the
 * state replaces it with what these functions answer.
 */
import * as Either from "effect/Either"
import { gpuDevices, type GpusAsked } from "./internal/gpuDevices.js"
import type { RunId } from "./RunId.js"
import * as RunKey from "./RunKey.js"
import type { RunState } from "./RunState.js"
import type { SlotsError } from "./SlotsError.js"

export type { GpusAsked } from "./internal/gpuDevices.js"

/** A place for one run. */
export interface Slot {
  /** Names it in warnings and in held queue items: no blanks. */
  readonly name: string
  /** What a run on it gets in its environment. */
  readonly env: ReadonlyMap<string, string>
  /** Whether it stands for hardware, so that another slot is no substitute. */
  readonly device: boolean
}

/** One slot for each worker, with nothing of its own. */
export const workers = (count: number): ReadonlyArray<Slot> =>
  Array.from({ length: count }, (_, index) => ({ name: `worker-${index}`, env: new Map(), device: false }))

/**
 * One slot for each GPU, or `workers` slots among which the GPUs are dealt out: more workers than GPUs
 * share them, fewer get several each.
 */
export const gpus = (
  options: GpusAsked & { readonly workers: number | undefined }
): Either.Either<ReadonlyArray<Slot>, SlotsError> =>
  Either.map(gpuDevices(options), (found) => {
    const count = options.workers ?? found.length
    return Array.from({ length: count }, (_, index) => {
      const own = found.filter((_, at) => at % count === index % found.length)
      const rounds = Math.floor(index / found.length)
      return {
        name: `gpu-${own.map(({ label }) => label).join("+")}${rounds === 0 ? "" : `-${rounds + 1}`}`,
        env: new Map([["CUDA_VISIBLE_DEVICES", own.map(({ id }) => id).join(",")]]),
        device: true
      }
    })
  })

/** Runs that failed at once on a slot, one after the other, and what succeeded elsewhere before them. */
interface Streak {
  readonly runs: ReadonlyArray<RunId>
  readonly successesBefore: number
}

/** A slot and what happens on it. */
interface Place {
  readonly slot: Slot
  readonly run: RunKey.RunKey | undefined
  readonly succeeded: boolean
  readonly streak: Streak | undefined
  readonly setAside: boolean
}

/** All slots of an agent. */
export interface Slots {
  readonly places: ReadonlyArray<Place>
  /** Runs that finished, on whatever slot. */
  readonly successes: number
}

/** Slots on which nothing runs. */
export const make = (slots: ReadonlyArray<Slot>): Slots => ({
  places: slots.map((slot) => ({ slot, run: undefined, succeeded: false, streak: undefined, setAside: false })),
  successes: 0
})

/** With further slots, those that aren't there yet; none goes away, so that what runs on it goes on. */
export const extend = (self: Slots, slots: ReadonlyArray<Slot>): Slots => {
  const known = new Set(self.places.map(({ slot }) => slot.name))
  const further = new Map(slots.flatMap((slot) => (known.has(slot.name) ? [] : [[slot.name, slot] as const])))
  return { ...self, places: [...self.places, ...make([...further.values()]).places] }
}

/** How many runs could be taken now. */
export const free = (self: Slots): number =>
  self.places.reduce((count, place) => (isFree(place) ? count + 1 : count), 0)

/** Whether any slot is left that wasn't set aside. */
export const anyUsable = (self: Slots): boolean => self.places.some((place) => !place.setAside)

/** Puts a run on the first free slot; `undefined` when there is none. */
export const take = (self: Slots, key: RunKey.RunKey): readonly [Slot, Slots] | undefined =>
  occupy(self, self.places.findIndex(isFree), key)

/**
 * Puts a run that an earlier agent launched on the slot that it had, or, where only the number of runs
 * counts, on any other. `undefined` when it takes no slot of this agent.
 */
export const adopt = (
  self: Slots,
  key: RunKey.RunKey,
  name: string | undefined
): readonly [Slot, Slots] | undefined => {
  const named = self.places.findIndex((place) => place.slot.name === name)
  if (named >= 0) return occupy(self, named, key) ?? take(self, key)
  // It runs on a device that isn't ours: our devices are free.
  return name !== undefined && self.places.every((place) => place.slot.device) ? undefined : take(self, key)
}

/** How a run ended, as far as it tells something about its slot. */
export interface Ending {
  readonly key: RunKey.RunKey
  readonly state: RunState
  /** Whether it ended within the first seconds after its start. */
  readonly quick: boolean
}

/**
 * Frees the slot of a run. Answers the slot if it was set aside for it: three different runs failed on it
 * at once, one after the other, while runs do well elsewhere or none ever did well here. Without that
 * proviso a corner of a grid where every configuration fails would take away all slots of a sweep that
 * was going well. One that stands for no hardware differs in nothing from the others: once any run has
 * finished, it is kept, and in use again where it was set aside before.
 */
export const release = (
  self: Slots,
  ending: Ending
): {
  readonly slots: Slots
  readonly setAside: { readonly slot: Slot; readonly runs: ReadonlyArray<RunId> } | undefined
} => {
  const index = self.places.findIndex((place) => place.run === ending.key)
  const place = self.places[index]
  const hasFinished = ending.state === "finished"
  const successes = self.successes + (hasFinished ? 1 : 0)
  const places = hasFinished ? self.places.map(cleared) : self.places
  if (place === undefined) return { slots: { places, successes }, setAside: undefined }
  const judged = judge({ ...place, run: undefined }, ending, successes)
  return {
    slots: { places: places.with(index, judged), successes },
    setAside: judged.setAside ? { slot: place.slot, runs: judged.streak?.runs ?? [] } : undefined
  }
}

/** The script is known to have worked on them: none stays set aside. */
export const trust = (self: Slots): Slots => ({
  ...self,
  places: self.places.map((place) => ({ ...place, succeeded: true, streak: undefined, setAside: false }))
})

// internal

/** How many different runs fail at once on a slot before it is set aside. */
const streakLimit = 3

const isFree = (place: Place): boolean => place.run === undefined && !place.setAside

const occupy = (self: Slots, index: number, key: RunKey.RunKey): readonly [Slot, Slots] | undefined => {
  const place = self.places[index]
  if (place === undefined || place.run !== undefined) return undefined
  return [place.slot, { ...self, places: self.places.with(index, { ...place, run: key }) }]
}

/** What a run that finished somewhere says of it: for what stands for no hardware, that the runs failed by themselves. */
const cleared = (place: Place): Place =>
  place.slot.device || !place.setAside ? place : { ...place, streak: undefined, setAside: false }

const judge = (place: Place, { key, quick, state }: Ending, successes: number): Place => {
  if (state === "finished") return { ...place, succeeded: true, streak: undefined }
  // A stopped run says nothing about its slot.
  if (state !== "failed" && state !== "crashed") return place
  if (!quick) return { ...place, streak: undefined }
  const streak = place.streak ?? { runs: [], successesBefore: successes }
  const runs = [...new Set([...streak.runs, RunKey.run(key)])].slice(-streakLimit)
  const othersDoWell = successes > streak.successesBefore
  const isSuspect = place.slot.device ? othersDoWell || !place.succeeded : successes === 0 && !place.succeeded
  return { ...place, streak: { ...streak, runs }, setAside: runs.length === streakLimit && isSuspect }
}
