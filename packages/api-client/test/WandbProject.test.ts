import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as WandbProject from "../src/WandbProject.js"
import * as FakeServer from "./FakeServer.js"

const viewer = (entity: string | null) => FakeServer.make(() => ({ body: { data: { viewer: { id: "V", entity } } } }))

const made = (server: FakeServer.FakeServer, entity: string | undefined, project: string | undefined) =>
  Effect.provide(WandbProject.make, FakeServer.client(server, { entity, project }))

describe("the project", () => {
  it.effect("is the settings', without asking", () =>
    Effect.gen(function* () {
      const server = viewer("me")
      assert.deepStrictEqual(yield* made(server, "e", "p"), { entity: "e", project: "p" })
      assert.strictEqual(server.calls.length, 0)
    })
  )

  it.effect("is of who is logged in where the settings name no entity", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* made(viewer("me"), undefined, "p"), { entity: "me", project: "p" })
    })
  )

  it.effect("is missing with a sentence that says what to give", () =>
    Effect.gen(function* () {
      const noProject = yield* Effect.flip(made(viewer("me"), "e", undefined))
      assert.strictEqual(noProject.message, "No project is named: give --project, or set WANDB_PROJECT.")
      for (const server of [viewer(null), FakeServer.make(() => ({ body: { data: { viewer: null } } }))]) {
        assert.include((yield* Effect.flip(made(server, undefined, "p"))).message, "give --entity")
      }
    })
  )

  it.effect("can't be asked for with a wrong key", () =>
    Effect.gen(function* () {
      const server = FakeServer.make(() => ({ status: 401, body: "" }))
      const error = yield* Effect.flip(made(server, undefined, "p"))
      assert.include(error.message, "the server refuses the API key")
    })
  )
})
