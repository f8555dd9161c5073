import * as LaunchQueueSuite from "../src/LaunchQueueSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"
import { wireQueue } from "./wireQueue.js"

LaunchQueueSuite.suite("memory", memory)
LaunchQueueSuite.suite("SQLite", sqlite)
LaunchQueueSuite.suite("api-client over server over SQLite", wireQueue, "wandb")
