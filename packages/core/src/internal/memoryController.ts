import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AgentCommand } from "../AgentCommand.js"
import type { AgentId } from "../AgentId.js"
import type { EarlyStopping } from "../EarlyStopping.js"
import { RunId } from "../RunId.js"
import type { SchedulerError } from "../SchedulerError.js"
import type { Search } from "../Search.js"
import * as SweepController from "../SweepController.js"
import * as SweepState from "../SweepState.js"
import type { TrialConfig } from "../TrialConfig.js"
import type { Contents } from "./memoryContents.js"
import { StoredRun } from "./memoryRun.js"
import type { StoredSweep } from "./memorySweep.js"

/** Carries out what `SweepController` decides, on the sweeps of a store. */
export class Controller {
  constructor(
    private readonly contents: Contents,
    private readonly search: Search["Type"],
    private readonly earlyStopping: EarlyStopping["Type"]
  ) {}

  setState(sweep: StoredSweep, state: StoredSweep["state"]): boolean {
    if (!SweepController.mayBecome(Option.some(sweep.state), state)) return false
    if (sweep.state === state) return true
    const heldBack = SweepState.holdsBack(sweep.state)
    sweep.state = state
    sweep.bell.emit()
    if (heldBack) this.contents.queues.bells.ringAll()
    return true
  }

  create(sweep: StoredSweep, trial: TrialConfig, agent: AgentId | undefined, now: number): StoredRun {
    const id = RunId.make(this.contents.nextId())
    const run = new StoredRun(id, sweep.history.length, trial, now, agent)
    sweep.add(run)
    return run
  }

  /** Keeps what early stopping says of what was logged; what grows meanwhile, or was interrupted, is judged next time. */
  judge(sweep: StoredSweep): Effect.Effect<void> {
    return Effect.suspend(() => {
      sweep.unjudged = false
      return this.earlyStopping.judge({ config: sweep.config, curves: sweep.history })
    }).pipe(
      Effect.map((verdicts) => {
        for (const verdict of verdicts) sweep.condemn(verdict)
      }),
      Effect.onError(() =>
        Effect.sync(() => {
          sweep.unjudged = true
        })
      )
    )
  }

  answer(
    sweep: StoredSweep,
    agent: AgentId,
    reported: ReadonlyMap<RunId, boolean>
  ): Effect.Effect<ReadonlyArray<AgentCommand>, SchedulerError> {
    return Effect.suspend(() => {
      const decision = SweepController.answer(sweep.view(agent, reported))
      // Only search is waited for, and only its askers wait for one another.
      if (decision.next._tag === "Ask") return sweep.asking.take(this.ask(sweep, agent, reported))
      return this.carryOut(sweep, agent, decision)
    })
  }

  private ask(
    sweep: StoredSweep,
    agent: AgentId,
    reported: ReadonlyMap<RunId, boolean>
  ): Effect.Effect<ReadonlyArray<AgentCommand>, SchedulerError> {
    return Effect.suspend(() => {
      const decision = SweepController.answer(sweep.view(agent, reported))
      if (decision.next._tag !== "Ask") return this.carryOut(sweep, agent, decision)
      const { config, seed, history } = sweep
      const asked = history.length
      return this.search.suggest({ config, seed, history }).pipe(
        Effect.flatMap((suggestion) =>
          // A client has created a run meanwhile: search must see it first.
          history.length > asked
            ? this.ask(sweep, agent, reported)
            : this.carryOut(sweep, agent, SweepController.afterSuggestion(sweep.view(agent, reported), suggestion))
        )
      )
    })
  }

  private carryOut(
    sweep: StoredSweep,
    agent: AgentId,
    { next, stops }: SweepController.Decision
  ): Effect.Effect<ReadonlyArray<AgentCommand>> {
    return Effect.clockWith((clock) => {
      switch (next._tag) {
        case "Wait":
        case "Ask":
          return Effect.succeed(stops)
        case "Exit":
          return Effect.succeed([...stops, AgentCommand.Exit()])
        case "Create": {
          const { id, trial } = this.create(sweep, next.trial, agent, clock.unsafeCurrentTimeMillis())
          return Effect.succeed([...stops, AgentCommand.Run({ run: id, trial })])
        }
        case "Offer":
          return Effect.succeed([...stops, SweepController.offer(next)])
        case "HandOutAgain": {
          sweep.handOutAgain(next.run, agent)
          const attempt = sweep.runs.get(next.run)?.facts.attempt
          return Effect.succeed([...stops, AgentCommand.Resume({ run: next.run, trial: next.trial, attempt })])
        }
      }
    })
  }
}
