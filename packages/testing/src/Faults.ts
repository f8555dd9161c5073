/**
 * Faults at the calls of a port. A port is a record whose members are effects, or functions that
 * answer one; what else it holds, such as streams, is left as it is.
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** What goes wrong with a call. */
export type Fault<E = never> = Data.TaggedEnum<{
  /** Nothing happens, and the call fails. */
  FailBefore: { readonly error: E }
  /** It happens, and the call fails all the same: the caller can't tell the two apart. */
  FailAfter: { readonly error: E }
  /** Nothing happens, and no answer comes. It can be interrupted. */
  HangBefore: {}
  /** It happens, and no answer comes. It can be interrupted. */
  HangAfter: {}
  /** It happens later. */
  Slow: { readonly by: Duration.DurationInput }
  /** It happens, and its answer comes later: calls overtake it. */
  Late: { readonly by: Duration.DurationInput }
  /** It happens several times in a row; the last answer counts. */
  Repeat: { readonly times: number }
}>

interface FaultDefinition extends Data.TaggedEnum.WithGenerics<1> {
  readonly taggedEnum: Fault<this["A"]>
}

/** Constructors and matchers. */
export const Fault = Data.taggedEnum<FaultDefinition>()

/** The effect behind a member of a port; `never` for members that are no calls. */
type EffectOf<Member> =
  Member extends Effect.Effect<infer A, infer E, infer R>
    ? Effect.Effect<A, E, R>
    : Member extends (...args: ReadonlyArray<never>) => Effect.Effect<infer A, infer E, infer R>
      ? Effect.Effect<A, E, R>
      : never

/** The names of a port's calls. */
export type CallName<Port> = {
  readonly [Name in keyof Port]: [EffectOf<Port[Name]>] extends [never] ? never : Name
}[keyof Port] &
  string

/** Which calls go wrong: by name, the n-th (from 1) call of that name. A fault can only be an error that the port declares. */
export type Plan<Port> = {
  readonly [Name in CallName<Port>]?: {
    readonly [nth: number]: Fault<Effect.Effect.Error<EffectOf<Port[Name]>>>
  }
}

/** A call of a port as an interceptor sees it. */
export interface Call {
  readonly port: string
  readonly name: string
  /** Its number among all calls of this name on this wrapped port, from 1. */
  readonly nth: number
}

/** The effect of a call whose types the interceptor doesn't know. */
export type AnyCall = Effect.Effect<unknown, unknown, unknown>

/**
 * What happens instead of a call; it may run the call's effect not at all, once or often. Its answers
 * and errors have to be such as the call has itself: `faulty` checks that, a bare interceptor doesn't.
 */
export type Interceptor = (call: Call, effect: AnyCall) => AnyCall

/** The port with an interceptor around every call. Calls are counted when they run, not when they are made. */
export const intercept = <Port extends object>(name: string, port: Port, interceptor: Interceptor): Port => {
  const counts = new Map<string, number>()
  const around = (member: string, effect: AnyCall): AnyCall =>
    Effect.suspend(() => {
      const nth = (counts.get(member) ?? 0) + 1
      counts.set(member, nth)
      return interceptor({ port: name, name: member, nth }, effect)
    })
  return new Proxy(port, {
    get: (target, key, receiver): unknown => {
      const member: unknown = Reflect.get(target, key, receiver)
      if (typeof key !== "string") return member
      if (Effect.isEffect(member)) return around(key, member)
      if (typeof member !== "function") return member
      return (...args: ReadonlyArray<unknown>): unknown => {
        const answer: unknown = Reflect.apply(member, target, args)
        return Effect.isEffect(answer) ? around(key, answer) : answer
      }
    }
  })
}

/**
 * The port with the faults of a plan.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { CommError } from "@sweepline/core/CommError"
 * import { LaunchQueue } from "@sweepline/core/LaunchQueue"
 * import * as Faults from "@sweepline/testing/Faults"
 *
 * const error = new CommError({ reason: "Timeout", operation: "push", detail: "no answer", retryable: true })
 * // The first push happens, though it is told to have failed; the third one never answers.
 * const flaky = Effect.map(LaunchQueue, (queue) =>
 *   Faults.faulty(queue, { push: { 1: Faults.Fault.FailAfter({ error }), 3: Faults.Fault.HangBefore() } })
 * )
 * ```
 */
export const faulty = <Port extends object>(port: Port, plan: Plan<Port>): Port => {
  const faults: ReadonlyMap<string, { readonly [nth: number]: Fault<unknown> }> = new Map(Object.entries(plan))
  return intercept("port", port, ({ name, nth }, effect) => {
    const fault = faults.get(name)?.[nth]
    return fault === undefined ? effect : suffer(fault, effect)
  })
}

/** Where a program crashes: at its n-th call of any port, from 1, before or after that call's effect. */
export interface CrashPoint {
  readonly call: number
  readonly when: "before" | "after"
}

/** One life of a program, which may end in a crash. */
export interface Incarnation {
  /** A port of this life. After the crash its calls, those under way too, never answer. */
  readonly port: <Port extends object>(name: string, port: Port) => Port
  /** Done at the crash, with the call at which it came. Whoever waits for it abandons the program's fiber without interrupting it. */
  readonly crashed: Effect.Effect<Call>
  /** The calls so far, of all ports. */
  readonly calls: Effect.Effect<number>
}

/**
 * Begins a life that ends at a point, or never: an interruption would run finalizers, a crash runs
 * none. What a finalizer calls afterwards hangs as everything does.
 */
export const incarnation = (point?: CrashPoint): Effect.Effect<Incarnation> =>
  Effect.map(Deferred.make<Call>(), (crashed) => {
    let calls = 0
    let dead = false
    const die = (call: Call): Effect.Effect<never> =>
      Effect.suspend(() => {
        dead = true
        return Effect.zipRight(Deferred.succeed(crashed, call), hang)
      })
    const interceptor: Interceptor = (call, effect) => {
      if (dead) return hang
      calls += 1
      const here = point !== undefined && point.call === calls
      if (here && point.when === "before") return die(call)
      return Effect.flatMap(Effect.exit(effect), (exit) => {
        if (dead) return hang
        return here ? die(call) : exit
      })
    }
    return {
      port: (name, port) => intercept(name, port, interceptor),
      crashed: Deferred.await(crashed),
      calls: Effect.sync(() => calls)
    }
  })

// internal

const suffer = (fault: Fault<unknown>, effect: AnyCall): AnyCall => {
  switch (fault._tag) {
    case "FailBefore":
      return Effect.fail(fault.error)
    case "FailAfter":
      return Effect.zipRight(effect, Effect.fail(fault.error))
    case "HangBefore":
      return hang
    case "HangAfter":
      return Effect.zipRight(effect, hang)
    case "Slow":
      return Effect.delay(effect, fault.by)
    case "Late":
      return Effect.zipLeft(effect, Effect.sleep(fault.by))
    case "Repeat":
      return Effect.repeatN(effect, fault.times - 1)
  }
}

/** `Effect.never` keeps a timer, which the virtual clock would take for something that waits. */
const hang: Effect.Effect<never> = Effect.async<never>(() => {})
