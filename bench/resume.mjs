// How long `sweepline resume` takes until its scheduler is at work, of a sweep with 10,000 runs behind it whose process
// was killed. Beside it the same with hardly any runs: what Node and the program themselves take.
import * as VirtualClock from "@sweepline/simulation/VirtualClock"
import { spawn, spawnSync } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { inFolder, median, program, verdict } from "./measure.mjs"
import { runTime, simulate } from "./simulation.mjs"

const runs = 10_000
const rounds = 3

/** Runs all but the last few of a sweep's runs in virtual time, and ends as a killed process does. */
const makeSweep = (folder, before) => {
  let ended = 0
  simulate({
    folder,
    name: "resume",
    workers: 1,
    runCap: before + 5,
    start: Date.now() - before * runTime,
    begun: (id) => console.log(id),
    finished: (count) => {
      ended = count
      return count === before ? VirtualClock.halt : undefined
    }
  })
  if (ended !== before) throw new Error(`the sweep was not killed: ${ended} runs`)
  process.kill(process.pid, "SIGKILL")
}

/** Milliseconds until `resume` says that the sweep goes on. */
const resume = (folder, sweep) =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    const since = () => performance.now() - started
    const child = spawn(process.execPath, [program, "resume", sweep, "--dir", folder, "--json"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"]
    })
    let ready
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (JSON.parse(line).type === "SweepStarted") ready ??= since()
    })
    child.on("close", (code) => (code === 0 ? resolve(ready) : reject(new Error(`resume ended with ${code}`))))
  })

if (process.argv[2] === "make") makeSweep(process.argv[3], Number(process.argv[4]))
else {
  const measured = async (before) => {
    const told = []
    for (let round = 0; round < rounds; round++) {
      await inFolder(async (folder) => {
        const { stdout } = spawnSync(
          process.execPath,
          [fileURLToPath(import.meta.url), "make", folder, String(before)],
          { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }
        )
        told.push(await resume(folder, stdout.trim()))
      })
    }
    const took = median(told)
    console.log(`${before} runs: at work after ${took.toFixed(0)} ms`)
    return took
  }
  await measured(10)
  verdict(`resume of a sweep with ${runs} runs`, (await measured(runs)) / 1000, 1, "s")
}
