// How long `sweepline --help` takes, against a Node that does nothing.
import { median, program, time, verdict } from "./measure.mjs"

const rounds = 21
const nothing = []
const help = []
time([program, "--help"]) // compiles, once per installation
for (let round = 0; round < rounds; round++) {
  nothing.push(time(["-e", "0"]))
  help.push(time([program, "--help"]))
}
console.log(`node -e 0: ${median(nothing).toFixed(0)} ms; sweepline --help: ${median(help).toFixed(0)} ms`)
verdict("sweepline --help against node -e 0", median(help) / median(nothing), 4)
