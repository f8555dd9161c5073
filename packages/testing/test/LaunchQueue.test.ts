import * as LaunchQueueSuite from "../src/LaunchQueueSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"

LaunchQueueSuite.suite("memory", memory)
LaunchQueueSuite.suite("SQLite", sqlite)
