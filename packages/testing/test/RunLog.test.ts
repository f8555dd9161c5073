import * as RunLogSuite from "../src/RunLogSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"

RunLogSuite.suite("memory", memory)
RunLogSuite.suite("SQLite", sqlite)
