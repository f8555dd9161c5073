import * as SchedulerRunSuite from "../src/SchedulerRunSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"
import { wire } from "./wire.js"

SchedulerRunSuite.suite("memory", memory)
SchedulerRunSuite.suite("SQLite", sqlite)
SchedulerRunSuite.suite("api-client over server over SQLite", wire, "wandb")
