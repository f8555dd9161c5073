import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as bounds from "../boundOptions.js"
import * as options from "../options.js"
import * as StateChange from "../StateChange.js"
import { UsageError } from "../UsageError.js"

/** `sweepline resume`: goes on with a sweep, here, or where its scheduler waits. */
export const resume = Command.make(
  "resume",
  {
    sweep: options.sweep,
    workers: options.workers,
    gpus: options.gpus,
    retries: options.retries,
    grace: options.grace,
    runTimeout: bounds.runTimeout,
    deadline: bounds.deadline,
    budget: bounds.budget,
    project: options.project,
    wandbSdk: options.wandbSdk,
    detach: options.detach,
    dir: options.dir,
    backend: options.backend,
    entity: options.entity,
    json: options.json
  },
  Effect.fnUntraced(function* ({ backend, detach, dir, entity, json, sweep, ...given }) {
    if (backend === "wandb") {
      const own = [
        ...(detach ? ["--detach"] : []),
        ...(Option.isSome(given.deadline) ? ["--deadline"] : []),
        ...(Option.isSome(given.budget) ? ["--budget"] : [])
      ]
      if (own.length > 0) {
        return yield* new UsageError({
          message: `${own.join(" and ")} can only be kept to where sweepline runs the sweep: leave ${own.length === 1 ? "it" : "them"} out, or --backend wandb.`
        })
      }
      return yield* StateChange.onWandb({
        sweep,
        entity,
        project: Option.map(given.project, ({ value }) => value),
        target: "RUNNING",
        json
      })
    }
    yield* StateChange.hand(dir, sweep, {
      state: "RUNNING",
      given,
      detach,
      json,
      handed: (id, holder) => `Sweep ${id} goes on (its scheduler is ${holder}).`
    })
  })
).pipe(Command.withDescription("Go on with a paused or interrupted sweep, to its end."))
