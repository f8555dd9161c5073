import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import { RunId } from "../src/RunId.js"
import * as RunKey from "../src/RunKey.js"
import type { RunState } from "../src/RunState.js"
import * as Slots from "../src/Slots.js"

const none = { visible: undefined, detected: undefined, workers: undefined }
const key = (name: string, attempt = 1) => RunKey.make(RunId.make(name), attempt)

const devices = (options: Partial<Parameters<typeof Slots.gpus>[0]> & { readonly wanted: string }) =>
  Either.match(Slots.gpus({ ...none, ...options }), {
    onLeft: (error) => error.message,
    onRight: (slots) => slots.map((slot) => `${slot.name}=${slot.env.get("CUDA_VISIBLE_DEVICES")}`).join(" ")
  })

describe("Slots.gpus", () => {
  for (const [what, options, expected] of [
    ["takes indices as they are", { wanted: "0,2" }, "gpu-0=0 gpu-2=2"],
    ["counts in the list that is visible", { wanted: "0, 1", visible: "4,5,6" }, "gpu-0=4 gpu-1=5"],
    ["takes all that are visible", { wanted: "all", visible: "GPU-a,MIG-b" }, "gpu-0=GPU-a gpu-1=MIG-b"],
    ["takes all that there are", { wanted: "all", detected: 2 }, "gpu-0=0 gpu-1=1"],
    ["reads the visible list as CUDA does, up to -1", { wanted: "all", visible: "3,-1,4" }, "gpu-0=3"],
    [
      "counts UUIDs and parts of GPUs in the visible list as well",
      { wanted: "1,0", visible: " GPU-8932f937-d72c , MIG-GPU-8932f937/1/0" },
      "gpu-1=MIG-GPU-8932f937/1/0 gpu-0=GPU-8932f937-d72c"
    ],
    ["takes a name that is visible", { wanted: "GPU-b", visible: "GPU-a,GPU-b" }, "gpu-GPU-b=GPU-b"],
    ["lets more workers share them", { wanted: "0,1", workers: 3 }, "gpu-0=0 gpu-1=1 gpu-0-2=0"],
    ["deals them out to fewer workers", { wanted: "0,1,2,3", workers: 2 }, "gpu-0+2=0,2 gpu-1+3=1,3"]
  ] as const) {
    it(what, () => assert.strictEqual(devices(options), expected))
  }

  for (const [options, hint] of [
    [{ wanted: "all" }, '--gpus "all" finds no GPU. Name them'],
    [{ wanted: "all", visible: "" }, "finds no GPU: CUDA_VISIBLE_DEVICES is"],
    [{ wanted: "all", visible: "NoDevFiles" }, "finds no GPU: CUDA_VISIBLE_DEVICES is"],
    [{ wanted: "1", visible: "0,none,1" }, "there is no GPU 1"],
    [{ wanted: "3", visible: "4,5" }, "there is no GPU 3"],
    [{ wanted: "2", detected: 2 }, "This machine has 2, counted from 0."],
    [{ wanted: "0", detected: 0 }, "This machine has none."],
    [{ wanted: "GPU-x", visible: "0,1" }, "isn't in CUDA_VISIBLE_DEVICES"],
    [{ wanted: "0,0" }, "twice"],
    [{ wanted: "0,00" }, "twice"],
    [{ wanted: "1,GPU-b", visible: "GPU-a,GPU-b" }, "twice"],
    [{ wanted: "," }, '--gpus "," names no GPU'],
    [{ wanted: ",", by: "THE_VARIABLE" }, 'THE_VARIABLE "," names no GPU'],
    [{ wanted: "-1" }, "is no GPU"],
    [{ wanted: "ALL" }, "is no GPU"]
  ] as const) {
    it(`refuses ${JSON.stringify(options)} with what to do`, () => assert.include(devices(options), hint))
  }
})

describe("Slots", () => {
  it("gives each run a slot of its own, and none when all are taken", () => {
    const [first, one] = taken(Slots.make(Slots.workers(2)), "a")
    const [second, two] = taken(one, "b")
    assert.notStrictEqual(first.name, second.name)
    assert.strictEqual(Slots.free(two), 0)
    assert.isUndefined(Slots.take(two, key("c")))
  })

  it("sets a slot aside on which three different runs failed at once, and names them", () => {
    const { aside, slots } = play(2, ["a failed", "b crashed", "c failed"])
    assert.deepStrictEqual(aside, [["gpu-0", ["a", "b", "c"]]])
    assert.strictEqual(Slots.free(slots), 1)
    assert.isTrue(Slots.anyUsable(slots))
  })

  for (const [what, endings] of [
    ["the same run failing again and again", ["a failed", "a failed", "a failed", "a failed"]],
    ["a run that failed later", ["a failed", "b failed", "c failed late", "d failed"]],
    ["a run that finished in between", ["a failed", "b failed", "c finished", "d failed"]],
    ["runs that were stopped", ["a killed", "b preempted", "c killed"]],
    [
      "failures on a slot that has worked, while nothing works elsewhere",
      ["a finished", "b failed", "c failed", "d failed"]
    ]
  ] as const) {
    it(`stays in use after ${what}`, () => {
      const { aside, slots } = play(1, endings)
      assert.deepStrictEqual(aside, [])
      assert.strictEqual(taken(slots, "next")[0].name, "gpu-0")
    })
  }

  it("sets aside a slot that has worked once runs do well elsewhere", () => {
    let [, slots] = taken(devicesOf(2), "good")
    for (const ending of ["a finished", "b failed", "c failed", "d failed"]) slots = step(slots, ending).slots
    slots = Slots.release(slots, { key: key("good"), state: "finished", quick: false }).slots
    // The good run's slot is free again and comes first: another run takes it.
    slots = taken(slots, "other")[1]
    const { setAside } = step(slots, "e failed")
    assert.deepStrictEqual([setAside?.slot.name, ...(setAside?.runs ?? [])], ["gpu-1", "c", "d", "e"])
  })

  it("uses all slots again once the script is known to have worked", () => {
    const { slots } = play(1, ["a failed", "b failed", "c failed"])
    assert.isFalse(Slots.anyUsable(slots))
    assert.strictEqual(Slots.free(Slots.trust(slots)), 1)
    assert.deepStrictEqual(play(1, ["d failed", "e failed", "f failed"], Slots.trust(slots)).aside, [])
  })

  const finishedElsewhere = (slots: Slots.Slots) =>
    Slots.release(slots, { key: key("elsewhere"), state: "finished", quick: false }).slots

  it("begins to count anew then", () => {
    const { slots } = play(1, ["a failed", "b failed", "c failed"])
    assert.deepStrictEqual(play(1, ["d failed", "e failed"], finishedElsewhere(Slots.trust(slots))).aside, [])
  })

  it("takes a run that finishes on no slot of ours for one that does well elsewhere", () => {
    const { slots } = play(1, ["a finished", "b failed"])
    assert.deepStrictEqual(play(1, ["c failed", "d failed"], slots).aside, [])
    assert.deepStrictEqual(play(1, ["c failed", "d failed"], finishedElsewhere(slots)).aside, [
      ["gpu-0", ["b", "c", "d"]]
    ])
  })

  it("sets a worker aside only as long as nothing has finished: it differs in nothing from the others", () => {
    const workers = Slots.make(Slots.workers(2))
    assert.deepStrictEqual(play(2, ["a failed", "b failed", "c failed"], workers).aside, [
      ["worker-0", ["a", "b", "c"]]
    ])
    const worked = finishedElsewhere(workers)
    for (const from of [worked, finishedElsewhere(play(2, ["a failed", "b failed"], workers).slots)]) {
      const endings = ["c failed", "d failed", "e failed", "f failed"]
      assert.deepStrictEqual(play(2, endings, from).aside, [])
    }
  })

  it("uses a worker that was set aside again once any run has finished, and no device", () => {
    for (const [from, free] of [
      [Slots.make(Slots.workers(2)), 2],
      [devicesOf(2), 1]
    ] as const) {
      const { slots } = play(2, ["a failed", "b failed", "c failed"], from)
      assert.strictEqual(Slots.free(slots), 1)
      assert.strictEqual(Slots.free(finishedElsewhere(slots)), free)
      const [, busy] = taken(slots, "good")
      assert.strictEqual(
        Slots.free(Slots.release(busy, { key: key("good"), state: "finished", quick: true }).slots),
        free
      )
    }
  })

  it("leaves runs where they are when the script is known to have worked", () => {
    const [slot, busy] = taken(Slots.make(Slots.workers(1)), "a")
    const trusted = Slots.trust(busy)
    assert.strictEqual(Slots.free(trusted), 0)
    const { slots } = Slots.release(trusted, { key: key("a"), state: "finished", quick: false })
    assert.strictEqual(taken(slots, "b")[0].name, slot.name)
  })

  it("adopts a run on the slot that it had; on another device it takes none, on another worker any", () => {
    const gpus = Slots.make(Either.getOrThrow(Slots.gpus({ ...none, wanted: "0,1" })))
    for (const gpu of ["gpu-0", "gpu-1"]) assert.strictEqual(Slots.adopt(gpus, key("a"), gpu)?.[0].name, gpu)
    assert.strictEqual(Slots.adopt(taken(gpus, "b")[1], key("a"), "gpu-0")?.[0].name, "gpu-1")
    assert.isUndefined(Slots.adopt(gpus, key("a"), "gpu-3"))
    assert.strictEqual(Slots.adopt(gpus, key("a"), undefined)?.[0].name, "gpu-0")
    assert.strictEqual(Slots.adopt(Slots.make(Slots.workers(2)), key("a"), "worker-7")?.[0].name, "worker-0")
  })

  it.prop(
    "never gives one slot to two runs, nor a slot that was set aside",
    [
      FastCheck.array(
        FastCheck.tuple(
          FastCheck.nat(9),
          FastCheck.constantFrom<"take" | RunState>("take", "failed", "finished", "killed")
        )
      )
    ],
    ([steps]) => {
      let slots = Slots.make(Slots.workers(3))
      const on = new Map<string, string>()
      const aside = new Set<string>()
      for (const [n, what] of steps) {
        const run = key(`r${n}`)
        if (what === "take") {
          const found = on.has(run) ? undefined : Slots.take(slots, run)
          if (found === undefined) continue
          assert.isFalse([...on.values()].includes(found[0].name) || aside.has(found[0].name))
          on.set(run, found[0].name)
          slots = found[1]
        } else {
          on.delete(run)
          const released = Slots.release(slots, { key: run, state: what, quick: true })
          if (released.setAside !== undefined) aside.add(released.setAside.slot.name)
          slots = released.slots
        }
        assert.strictEqual(Slots.free(slots), 3 - new Set([...on.values(), ...aside]).size)
      }
    }
  )
})

// fixtures

const taken = (slots: Slots.Slots, name: string) => {
  const found = Slots.take(slots, key(name))
  assert.isDefined(found)
  return found
}

const states: Record<string, RunState> = {
  failed: "failed",
  crashed: "crashed",
  finished: "finished",
  killed: "killed",
  preempted: "preempted"
}

/** A run takes the first free slot and ends there. */
const step = (slots: Slots.Slots, ending: string) => {
  const [name = "", state = "", late] = ending.split(" ")
  const [, next] = taken(slots, name)
  return Slots.release(next, { key: key(name), state: states[state] ?? "failed", quick: late === undefined })
}

const devicesOf = (count: number) =>
  Slots.make(Slots.workers(count).map((slot, index) => ({ ...slot, name: `gpu-${index}`, device: true })))

const play = (count: number, endings: ReadonlyArray<string>, from = devicesOf(count)) => {
  let slots = from
  const aside: Array<readonly [string, ReadonlyArray<string>]> = []
  for (const ending of endings) {
    const { setAside, slots: next } = step(slots, ending)
    slots = next
    if (setAside !== undefined) aside.push([setAside.slot.name, setAside.runs])
  }
  return { slots, aside }
}

describe("Slots.extend", () => {
  it("adds the slots that aren't there yet, and touches none that is in use", () => {
    const [slot, busy] = Slots.take(Slots.make(Slots.workers(1)), key("a")) ?? assert.fail()
    const more = Slots.extend(busy, Slots.workers(3))
    assert.strictEqual(slot.name, "worker-0")
    assert.strictEqual(Slots.free(more), 2)
    assert.deepStrictEqual(Slots.extend(more, Slots.workers(2)), more)
  })
})
