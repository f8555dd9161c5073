import type { CommError } from "@sweepline/core/CommError"
import { LaunchError } from "@sweepline/core/LaunchError"
import { LaunchQueue } from "@sweepline/core/LaunchQueue"
import type { QueueItemId } from "@sweepline/core/QueueItemId"
import * as Reading from "@sweepline/core/Reading"
import type { RunId } from "@sweepline/core/RunId"
import * as RunKey from "@sweepline/core/RunKey"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { listing } from "./internal/itemLookup.js"
import { settle } from "./internal/pushOutcome.js"
import { noQueue, type Push, pushOnce } from "./internal/pushing.js"
import * as PushBatching from "./internal/pushBatching.js"
import * as LaunchSpec from "./LaunchSpec.js"
import * as QueueProject from "./QueueProject.js"
import { Reads } from "./Reads.js"
import { WandbClient } from "./WandbClient.js"
import { WandbProject } from "./WandbProject.js"
import * as WireFailure from "./WireFailure.js"
import { unsupported } from "./internal/unsupported.js"

/** Which queues, and how patient. */
export interface Options {
  /** The queue that `find` looks in: the scheduler's. */
  readonly queue: string
  /** The project that has the queues; `model-registry` by default (B4). */
  readonly queueProject?: string | undefined
  /** How long a push whose answer was lost is looked for before it is reported as uncertain; three minutes by default. */
  readonly patience?: Duration.Duration | undefined
}

/**
 * The launch queues of W&B. Its queue can't be asked for a run before an agent has claimed the item. So a push is made
 * at most once, unless it is certain that it didn't happen; where that stays open, it is `LaunchUncertain`. Leasing is
 * left to W&B's own launch agents.
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<LaunchQueue["Type"], never, WandbClient | WandbProject | Reads> {
  const { patience = Duration.minutes(3), queueProject = QueueProject.modelRegistry } = options
  const client = yield* WandbClient
  const place = yield* WandbProject
  const reads = yield* Reads
  /** The items that we know, and whose queues they are in. */
  const known = new Map<string, string>()
  /** When an item was seen first, counted in pushes: no push is one of the items that were there before it. */
  const seen = new Map<string, number>()
  const looks = new Map<string, Deferred.Deferred<void>>()
  const batching = PushBatching.make(client)
  let pushes = 0

  const saw = (item: string) => {
    if (!seen.has(item)) seen.set(item, pushes)
  }

  /** What became of a push; `begun` is which one it was, and `undefined` where another process made it. */
  const outcomeOf = (run: RunId, queue: string, entity: string, begun: number | undefined) =>
    settle(
      client,
      reads,
      {
        run: { ...place, run },
        queue: { entity, project: queueProject, queue },
        known: {
          has: (item) =>
            known.has(item) || (begun !== undefined && (seen.get(item) ?? Number.POSITIVE_INFINITY) < begun)
        },
        saw
      },
      patience
    )

  /**
   * Before the first push into a queue: whose items are in it. All pushes that begin together wait for the one look.
   * Without an answer, each of the items may be ours later.
   */
  const lookAround = (entity: string, queue: string) =>
    Effect.suspend(() => {
      const key = JSON.stringify([entity, queue])
      const look = looks.get(key)
      if (look !== undefined) return Deferred.await(look)
      const made = Deferred.unsafeMake<void>(FiberId.none)
      looks.set(key, made)
      return Effect.matchEffect(listing(client, { entity, project: queueProject, queue }), {
        onFailure: () => Effect.sync(() => looks.delete(key)),
        onSuccess: (items) => Effect.sync(() => items?.forEach(({ id }) => saw(id)))
      }).pipe(Effect.ensuring(Deferred.succeed(made, undefined)))
    })

  const itemState = (id: QueueItemId, queue: string) => {
    const entity = known.get(id) ?? place.entity
    known.set(id, entity)
    return reads.item({ entity, project: queueProject, queue, item: id })
  }

  /** After each failed push, whether it happened is found out before the next one. `refusals`: all before were final. */
  const pushing = (push: Push, tries: number, refusals: number): Effect.Effect<QueueItemId, CommError | LaunchError> =>
    Effect.catchTag(pushOnce(client, push, batching), "WireFailure", (failure) =>
      afterFailure(push, tries, refusals, failure)
    )

  const afterFailure = Effect.fnUntraced(function* (
    push: Push,
    tries: number,
    refusals: number,
    failure: WireFailure.WireFailure
  ): Effect.fn.Return<QueueItemId, CommError | LaunchError> {
    const { queue, run, spec } = push
    const toCommError = WireFailure.toCommError(`push run ${run} to queue ${queue}`)
    if (failure.delivery === "NotSent" || failure.status === 401 || failure.status === 403) {
      return yield* toCommError(failure)
    }
    yield* logUnanswered(push, failure)
    // Whatever the server asks for: nobody can interrupt this, and there is a look before the next push anyway.
    yield* Effect.sleep(Duration.min(failure.retryAfter ?? Duration.zero, patience))
    const refused = failure.delivery === "Refused"
    const outcome = yield* outcomeOf(run, queue, spec.queueEntity, push.begun)
    if (outcome._tag === "Pushed") return outcome.item ?? (yield* uncertain(run, itemUnknown))
    if (outcome._tag === "Undecided") return yield* uncertain(run, `${mayBeThere} (${failure.detail})`)
    if (outcome.queueMissing && refused) return yield* noQueue(push)
    const final = refused && !failure.retryable ? refusals + 1 : 0
    if (tries > 1) return yield* pushing(push, tries - 1, final)
    // One no among other failures may be a passing error: a run is given up for a server that says nothing else.
    return yield* final >= triesInAll
      ? new LaunchError({ reason: "Refused", run, detail: failure.detail })
      : toCommError(failure)
  })

  return {
    push: Effect.fn("WandbLaunchQueue.push")(function* (request) {
      const { queue, run } = request
      const spec = yield* LaunchSpec.make(request, place)
      yield* lookAround(spec.queueEntity, queue)
      const item = yield* pushing({ run, spec, queue, queueProject, begun: ++pushes }, triesInAll, 0)
      known.set(item, spec.queueEntity)
      return item
    }),

    itemState: ({ id, queue }) => itemState(id, queue),

    itemStates: ({ ids, queue }) => Reading.ofEach(ids, (id) => Reading.ofItem(itemState(id, queue))),

    find: Effect.fn("WandbLaunchQueue.find")(function* (key) {
      const run = RunKey.run(key)
      const outcome = yield* outcomeOf(run, options.queue, place.entity, undefined)
      switch (outcome._tag) {
        case "NotPushed":
          return Option.none()
        case "Pushed":
          return Option.some(outcome.item ?? (yield* uncertain(run, itemUnknown)))
        case "Undecided":
          return yield* uncertain(run, mayBeThere)
      }
    }),

    lease: () => notHere("lease items of a queue"),
    acknowledge: () => notHere("acknowledge an item"),
    complete: () => notHere("complete an item"),
    fail: () => notHere("fail an item"),
    release: () => notHere("release an item"),
    held: () => notHere("list the items of a launch agent"),
    changes: () => Stream.empty
  }
})

/** The launch queues of W&B, for the runs of the project in context. */
export const layer = (options: Options): Layer.Layer<LaunchQueue, never, WandbClient | WandbProject | Reads> =>
  Layer.effect(LaunchQueue, make(options))

// internal

/** How often a push is made, if each time it is certain that it didn't happen. */
const triesInAll = 4

const itemUnknown = "it was launched, but its place in the queue isn't known."
const mayBeThere = "the push failed, and the queue has items that may be it: look there before you launch it again"

const uncertain = (run: RunId, detail: string): LaunchError =>
  new LaunchError({ reason: "LaunchUncertain", run, detail })

const logUnanswered = ({ queue, run }: Push, { detail, status }: WireFailure.WireFailure) =>
  Effect.logWarning("A push failed, or its answer was lost: looking whether it happened").pipe(
    Effect.annotateLogs({
      package: "@sweepline/api-client",
      module: "WandbLaunchQueue",
      runId: run,
      queue,
      detail,
      ...(status === undefined ? {} : { status })
    })
  )

const notHere = unsupported("on W&B that is the work of its own launch agents")
