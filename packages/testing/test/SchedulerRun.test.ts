import * as SchedulerRunSuite from "../src/SchedulerRunSuite.js"
import { memory } from "./memory.js"

SchedulerRunSuite.suite("memory", memory)
