import * as SweepApiSuite from "../src/SweepApiSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"
import { wire } from "./wire.js"

SweepApiSuite.suite("memory", memory)
SweepApiSuite.suite("SQLite", sqlite)
SweepApiSuite.suite("api-client over server over SQLite", wire, "wandb")
