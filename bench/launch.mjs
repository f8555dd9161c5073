// 1,000 runs of `true`, two at a time, through the whole of sweepline, its start-up
// subtracted, against a bare loop that spawns `true` with the same concurrency.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { bareLoop, inFolder, median, program, time, verdict } from "./measure.mjs"

const runs = Number(process.argv[2] ?? 1000)
const rounds = Number(process.argv[3] ?? 3)
const workers = 2

const sweep = (count) =>
  inFolder((folder) => {
    const file = join(folder, "sweep.yaml")
    const config = { command: ["true"], method: "random", run_cap: count, parameters: { x: { min: 0.5, max: 1.5 } } }
    writeFileSync(file, JSON.stringify(config))
    return time([program, "run", file, "--workers", String(workers), "--json"], { cwd: folder })
  })

const measured = { bare: [], startUp: [], sweep: [] }
for (let round = 0; round < rounds; round++) {
  measured.bare.push(await bareLoop(runs - 1, workers))
  measured.startUp.push(await sweep(1))
  measured.sweep.push(await sweep(runs))
}
const loop = median(measured.bare)
const startUp = median(measured.startUp)
const whole = median(measured.sweep)
console.log(
  `${runs} runs of true, ${workers} at a time: ${whole.toFixed(0)} ms, of which ${startUp.toFixed(0)} ms for the first; ` +
    `bare loop: ${loop.toFixed(0)} ms`
)
verdict("sweepline run against a bare loop", (whole - startUp) / loop, 2)
