import * as SchedulerRunSuite from "../src/SchedulerRunSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"

SchedulerRunSuite.suite("memory", memory)
SchedulerRunSuite.suite("SQLite", sqlite)
