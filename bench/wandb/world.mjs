// A W&B server in a process of its own, and what a client of it is told.
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const key = "0123456789abcdef0123456789abcdef01234567"
const place = { entity: "ent", project: "proj", queue: "q" }
const program = fileURLToPath(new URL("./server.mjs", import.meta.url))

/** Starts a server whose answers come so many milliseconds late. It ends with `stop`; any other end breaks the bench off. */
export const startServer = async (delay) => {
  const child = spawn(process.execPath, [program, key, String(delay)], { stdio: ["ignore", "pipe", "inherit"] })
  let stopping = false
  const port = await new Promise((resolve, reject) => {
    child.stdout.once("data", (text) => resolve(Number(text)))
    child.once("error", reject)
    child.once("exit", (code, signal) => {
      if (stopping) return
      // Clients would go on asking a server that is gone, and say only that it can't be reached.
      const end = signal === null ? `ended with code ${code}` : `was killed by ${signal}`
      console.error(`The bench's server ${end} before the measurement was over: measure again.`)
      process.exit(1)
    })
  })
  const url = `http://127.0.0.1:${port}`
  const ask = asker({ url, key })
  await ask(
    'mutation CreateRunQueue { createRunQueue(input: {entityName: "ent", projectName: "model-registry", queueName: "q", access: PROJECT}) { success } }'
  )
  return {
    url,
    key,
    place,
    stop: () => {
      stopping = true
      child.kill()
    },
    /** A grid of so many points. */
    createSweep: async (size) => {
      const values = Array.from({ length: size }, (_, n) => n)
      const { upsertSweep } = await ask(
        'mutation UpsertSweep($config: String) { upsertSweep(input: {config: $config, entityName: "ent", projectName: "proj"}) { sweep { name } } }',
        { config: JSON.stringify({ method: "grid", image_uri: "train:7", parameters: { x: { values } } }) }
      )
      return upsertSweep.sweep.name
    }
  }
}

/** Sends operations, one HTTP request each, over connections that are kept. */
export const asker =
  ({ key, url }) =>
  async (query, variables = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`api:${key}`)}`, "content-type": "application/json" },
      body: JSON.stringify({ query, variables, operationName: "" })
    })
    const { data, errors } = await response.json()
    if (errors !== undefined) throw new Error(JSON.stringify(errors))
    return data
  }
