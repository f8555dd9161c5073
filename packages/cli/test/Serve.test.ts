import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
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
  it(
    "answers W&B's clients over a folder until Ctrl-C, and has the same key again",
    { timeout: 60_000 },
    async (test) => {
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
    }
  )
})
