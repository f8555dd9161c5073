import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import * as InProcess from "./fixtures/inProcess.js"
import { binary, folder, launch, objects, start, sweepline, until, type Running } from "./fixtures/program.js"

/** What a server said when it was there. */
const started = async (server: Running) => {
  await until("the server listens", () => server.stdout().includes("\n"), { seen: server.stderr })
  const [{ apiKey, url } = {}] = objects(server.stdout())
  return { apiKey: String(apiKey), url: String(url) }
}

const viewer = async (url: string, apiKey: string) => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`api:${apiKey}`)}`, "content-type": "application/json" },
    body: JSON.stringify({ query: "query Viewer { viewer { entity teams { edges { node { name } } } } }" })
  })
  return [response.status, await response.text()] as const
}

describe("serve", () => {
  it("answers W&B's clients over a folder until Ctrl-C, and has the same key again", async (test) => {
    // As in a container, where a user may have a number only.
    const nameless = 'require("node:os").userInfo = () => { throw new Error("ENOENT") }\n'
    const cwd = folder(test, { "nameless.cjs": nameless })
    const first = launch(cwd, "serve", "--port", "0", "--entity", "ours", "--entity", "theirs", "--json")
    const before = await started(first)
    const [status, text] = await viewer(before.url, before.apiKey)
    assert.strictEqual(status, 200)
    assert.include(text, `"entity":"ours"`)
    assert.include(text, `"name":"theirs"`)
    assert.strictEqual((await viewer(before.url, "0".repeat(40)))[0], 401)

    // Others may read the folder, and must not find the key there.
    const state = join(cwd, ".sweepline")
    const files = readdirSync(state)
    for (const name of files) assert.notInclude(readFileSync(join(state, name), "latin1"), before.apiKey, name)
    const secrets = files.filter((name) => name.endsWith(".key"))
    assert.deepStrictEqual(
      secrets.map((name) => statSync(join(state, name)).mode & 0o777),
      [0o600]
    )

    const taken = await sweepline(cwd, "serve", "--port", before.url.split(":").at(-1) ?? "")
    assert.strictEqual(taken.code, 2)
    assert.include(taken.stderr, "is taken")

    first.child.kill("SIGINT")
    assert.strictEqual((await first.ended).code, 0)
    const second = start(process.execPath, ["-r", "./nameless.cjs", binary, "serve", "--port", "0", "--json"], {
      cwd
    })
    assert.strictEqual((await started(second)).apiKey, before.apiKey)
    second.child.kill("SIGTERM")
    assert.strictEqual((await second.ended).code, 0)
  })

  it.scopedLive("is found through a proxy: under its name, and with addresses of files that lead there", (test) =>
    Effect.gen(function* () {
      const dir = join(folder(test), ".sweepline")
      const line = ["serve", "--port", "0", "--json", "--dir", dir, "--public-url", "https://sweeps.example.org"]
      const program = yield* InProcess.start(line)
      const said = yield* Effect.suspend(() => Effect.fromNullable(objects(program.stdout())[0])).pipe(
        Effect.retry({ schedule: Schedule.spaced("10 millis"), times: 500 })
      )
      assert.strictEqual(said["publicUrl"], "https://sweeps.example.org")
      const ask = (host: string, query: string) =>
        Effect.promise(
          () =>
            new Promise<readonly [status: number | undefined, text: string]>((resolve, reject) => {
              const headers = {
                host,
                authorization: `Basic ${btoa(`api:${String(said["apiKey"])}`)}`,
                "content-type": "application/json"
              }
              request(`${String(said["url"])}/graphql`, { method: "POST", headers }, (response) => {
                let text = ""
                response.on("data", (chunk) => (text += String(chunk)))
                response.on("end", () => resolve([response.statusCode, text]))
              })
                .on("error", reject)
                .end(JSON.stringify({ query }))
            })
        )
      assert.strictEqual((yield* ask("elsewhere.example.org", "{ viewer { id } }"))[0], 421)
      yield* ask(
        "sweeps.example.org",
        'mutation { upsertBucket(input: {name: "r", modelName: "p", host: "h"}) { inserted } }'
      )
      const [, text] = yield* ask(
        "sweeps.example.org",
        'mutation { createRunFiles(input: {projectName: "p", runName: "r", files: ["a"]}) { runID uploadHeaders files { name uploadUrl } } }'
      )
      assert.include(text, '"uploadUrl":"https://sweeps.example.org/storage/')
      yield* program.signal("SIGINT")
      assert.strictEqual((yield* program.ended).code, 0)
    })
  )

  it.scoped(
    "refuses an address of a proxy that is none or has a path, no address to listen on, and odd entities",
    (test) =>
      Effect.gen(function* () {
        const dir = join(folder(test), ".sweepline")
        for (const [text, told = text] of [
          ["sweeps.example.org"],
          ["https://sweeps.example.org/wandb"],
          ["ftp://a.b"],
          ["https://u:p@a.b", "https://…@a.b"]
        ] as const) {
          const { code, stderr } = yield* InProcess.run(["serve", "--dir", dir, "--public-url", text])
          assert.strictEqual(code, 2)
          assert.include(stderr, `not "${told}"`)
        }
        for (const [option, value] of [
          ["--host", " "],
          ["--entity", "a/b"]
        ] as const) {
          const { code, stderr } = yield* InProcess.run(["serve", "--dir", dir, option, value])
          assert.strictEqual(code, 2)
          assert.include(stderr, option)
        }
      })
  )
})
