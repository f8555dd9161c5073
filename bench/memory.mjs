// How much the heap grows from 100 to 10,000 finished runs of a sweep in virtual time.
// Run it with `node --expose-gc bench/memory.mjs`.
import { Cause, Exit } from "effect"
import { inFolder, verdict } from "./measure.mjs"
import { simulate } from "./simulation.mjs"

if (globalThis.gc === undefined) throw new Error("Run it with: node --expose-gc bench/memory.mjs")

const first = 100
const last = Number(process.argv[2] ?? 10_000)
const workers = 8

const heap = () => {
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

await inFolder((folder) => {
  /** The heap at the first and the last look. */
  const samples = []
  const started = performance.now()
  let ended = 0
  const exit = simulate({
    folder,
    name: "memory",
    workers,
    runCap: last,
    finished: (count) => {
      ended = count
      if (count === first || count === last - workers) samples.push(heap())
    }
  })
  if (Exit.isFailure(exit)) throw new Error(Cause.pretty(exit.cause))
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(`${exit.value.state}: ${ended} runs in ${seconds} s of real time`)
  const [early, late] = samples.map((bytes) => bytes / 2 ** 20)
  console.log(`heap after ${first} runs: ${early.toFixed(1)} MiB; after ${last - workers}: ${late.toFixed(1)} MiB`)
  verdict(`growth of the heap from ${first} to ${last} finished runs`, late - early, 20, "MiB")
})
