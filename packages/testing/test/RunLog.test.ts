import * as RunLogSuite from "../src/RunLogSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"
import { wire } from "./wire.js"

RunLogSuite.suite("memory", memory)
RunLogSuite.suite("SQLite", sqlite)
RunLogSuite.suite("api-client over server over SQLite", wire, "wandb")
