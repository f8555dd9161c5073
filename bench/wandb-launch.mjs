// 500 runs for 50 workers, launched through W&B's queue: by sweepline, against a client that does what W&B's own scheduler
// does, in its order, one request after another, without its sleeps. The server is a process of its own and answers 20 ms
// late; a launch agent in it ends each run at once.
//
//   node bench/wandb-launch.mjs [runs] [workers] [milliseconds]
import { median, verdict } from "./measure.mjs"
import { launchLikeTheReference } from "./wandb/reference.mjs"
import { launch } from "./wandb/sweepline.mjs"
import { startServer } from "./wandb/world.mjs"

const [runs = 500, workers = 50, delay = 20] = process.argv.slice(2).map(Number)

const server = await startServer(delay)

/** Milliseconds to launch all of a new sweep's runs, each exactly once. */
const measure = async (client) => {
  const sweep = await server.createSweep(runs)
  const started = performance.now()
  const { launched, requests } = await client({
    ...server.place,
    url: server.url,
    key: server.key,
    sweep,
    runs,
    workers
  })
  const took = performance.now() - started
  if (new Set(launched).size !== runs || launched.length !== runs) {
    throw new Error(`${launched.length} launches of ${new Set(launched).size} runs, instead of ${runs} of ${runs}`)
  }
  return { took, requests }
}

const reference = await measure(launchLikeTheReference)
// The first round meets a client that has just begun.
const ours = []
for (let round = 0; round < 5; round++) ours.push(await measure(launch))
server.stop()
const took = median(ours.map((it) => it.took))
console.log(
  `${runs} runs for ${workers} workers, ${delay} ms later than asked: ${took.toFixed(0)} ms with ${ours[0].requests} requests; ` +
    `in the reference's order: ${reference.took.toFixed(0)} ms with ${reference.requests}, ${(reference.took / took).toFixed(1)} times as long`
)
verdict("launching through W&B's queue against the reference's order", took / reference.took, 1 / 20)
