import * as SweepApiSuite from "../src/SweepApiSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"

SweepApiSuite.suite("memory", memory)
SweepApiSuite.suite("SQLite", sqlite)
