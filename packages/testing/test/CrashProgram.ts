/** The scheduler and the launch agent whose crashes are tried, over whichever ports. */
import { Duration } from "effect"
import type { CrashSweep } from "./CrashSweeps.js"
import * as SweepProgram from "./SweepProgram.js"

/** Long enough for anything that ends, short enough to see soon that something doesn't. */
export const patience = Duration.hours(12)

/** Scheduler and launch agent of a sweep. */
export const layer = ({ agent, scheduler, workers }: CrashSweep) =>
  SweepProgram.layer({ workers, pollInterval: Duration.minutes(1), scheduler, agent })
