import { type Duration, Effect } from "effect"
import * as FakeServer from "./FakeServer.js"

interface Item {
  readonly id: string
  readonly run: string | undefined
  state: string
  associatedRunId: string | undefined
}

/** When a lost answer's push takes effect: not at all, before the answer is lost, or when `arrive` is called. */
export type Effected = "before" | "after" | "late"

/** A server's launch queue `q`, its runs, and the agents that work it off. It never deduplicates pushes. */
export class FakeQueue {
  /** What was pushed with effect. */
  readonly pushes: Array<Readonly<Record<string, unknown>>> = []
  queues: ReadonlyArray<unknown> = []
  /** Whether there is no such queue. */
  missing = false
  private readonly items: Array<Item> = []
  private readonly runs = new Map<string, string>()
  private readonly delayed: Array<Readonly<Record<string, unknown>>> = []
  private losing = 0
  private outcome: FakeServer.Outcome = "silence"
  private effected: Effected = "before"

  /** Loses the answers of the next pushes. */
  loseAnswers(count: number, outcome: FakeServer.Outcome, effected: Effected): void {
    this.losing = count
    this.outcome = outcome
    this.effected = effected
  }

  /** A run that was not pushed, or not here. */
  run(name: string, state = "pending"): void {
    this.runs.set(name, state)
  }

  /** An item of somebody else. */
  foreign(id: string): void {
    this.items.push({ id, run: undefined, state: "PENDING", associatedRunId: undefined })
  }

  settleForeign(id: string, state: string): void {
    const item = this.items.find((it) => it.id === id)
    if (item === undefined) return
    item.state = state
    if (state === "CLAIMED") item.associatedRunId = "other"
  }

  /** Agents claim all that is ours, after a time. */
  claims(after: Duration.DurationInput): Effect.Effect<void> {
    return Effect.delay(
      Effect.sync(() => {
        for (const item of this.items) {
          if (item.run === undefined) continue
          item.state = "CLAIMED"
          item.associatedRunId = item.run
        }
      }),
      after
    )
  }

  /** A run was launched and has ended, and its item is gone. */
  finish(run: string): void {
    this.runs.set(run, "finished")
    this.items.splice(0, this.items.length, ...this.items.filter((item) => item.run !== run))
  }

  /** The pushes that were on their way take effect. */
  arrive(): void {
    for (const variables of this.delayed.splice(0)) this.push(variables)
  }

  server(first: (call: FakeServer.Call) => FakeServer.Outcome | undefined = () => undefined): FakeServer.FakeServer {
    return FakeServer.make(
      FakeServer.either(
        first,
        FakeServer.either((call) => this.lose(call), FakeServer.graph(this.root))
      )
    )
  }

  private lose(call: FakeServer.Call): FakeServer.Outcome | undefined {
    if (!call.operation.startsWith("pushToRunQueue") || this.losing === 0) return undefined
    for (const variables of pushesIn(call.variables)) {
      this.losing -= 1
      const run = /"run_id": "(\w+)"/.exec(String(variables["runSpec"]))?.[1]
      if (run !== undefined && !this.runs.has(run)) this.run(run)
      if (this.effected === "after") this.push(variables)
      if (this.effected === "late") this.delayed.push(variables)
    }
    return this.outcome
  }

  private push(variables: Readonly<Record<string, unknown>>): string {
    this.pushes.push(variables)
    const run = /"run_id": "(\w+)"/.exec(String(variables["runSpec"]))?.[1]
    const id = `item${this.items.length + 1}`
    this.items.push({ id, run, state: "PENDING", associatedRunId: undefined })
    if (run !== undefined && !this.runs.has(run)) this.run(run)
    return id
  }

  private readonly pushed = ({ input }: { readonly input: Readonly<Record<string, unknown>> }) => ({
    runQueueItemId: this.push(Object.fromEntries(Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1)))),
    runSpec: "{}"
  })

  private readonly root = {
    query: {
      viewer: () => ({ id: "V", entity: "ent" }),
      project: () => ({
        run: ({ name }: { readonly name: string }) => {
          const state = this.runs.get(name)
          return state === undefined ? null : { state }
        },
        runQueues: () => this.queues,
        runQueue: () =>
          this.missing
            ? null
            : {
                runQueueItem: ({ id }: { readonly id: string }) => this.items.find((item) => item.id === id) ?? null,
                runQueueItems: () => ({ edges: this.items.map((node) => ({ node })) })
              }
      })
    },
    mutation: {
      pushToRunQueueByName: this.pushed,
      pushToRunQueue: this.pushed,
      createRunQueue: () => ({ success: true, queueID: "new" })
    }
  }
}

/** The variables of each push in a request; several have their numbers behind their names. */
const pushesIn = (variables: Readonly<Record<string, unknown>>): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  if ("runSpec" in variables || "queueID" in variables) return [variables]
  const count = Object.keys(variables).filter((name) => name.startsWith("runSpec")).length
  return Array.from({ length: count }, (_, n) =>
    Object.fromEntries(
      Object.entries(variables).flatMap(([name, value]) => {
        const [, bare, number] = /^(\D+)(\d+)$/.exec(name) ?? []
        return bare !== undefined && Number(number) === n ? [[bare, value]] : []
      })
    )
  )
}
