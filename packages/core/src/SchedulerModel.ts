/**
 * The scheduler as a pure program: `apply` folds a past-tense fact into the model, `decide`
 * says what must happen next. Neither does I/O, reads a clock or draws a random number, so
 * every rule of the reference loop (B1–B70 with the RD fixes) is a line of a pure function,
 * and a restart is a fold over the journal. `Scheduler` is the only interpreter.
 *
 * Laws, which the tests hold as properties: deciding again after issuing what was decided
 * yields nothing; a model that has left ignores everything but `SchedulerStarted`; folding
 * the essences of events gives what folding the events gives.
 *
 * @example
 * ```ts
 * import * as SchedulerModel from "@sweepline/core/SchedulerModel"
 *
 * const model = SchedulerModel.apply(SchedulerModel.initial, {
 *   _tag: "SchedulerStarted",
 *   at: 0,
 *   policy: { ...SchedulerModel.initial.policy, workers: 2, runCap: 10 },
 *   sweep: "PENDING",
 *   runs: []
 * })
 * SchedulerModel.decide(model, 0).commands // [{ _tag: "FindExecutable" }]
 * ```
 */
export { apply, essence } from "./internal/apply.js"
export { decide, type Decision } from "./internal/decide.js"
export { type End, type Flush, initial, type PastRun, type SchedulerModel } from "./internal/model.js"
