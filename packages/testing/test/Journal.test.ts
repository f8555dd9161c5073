import { Layer } from "effect"
import * as Journal from "@sweepline/core/Journal"
import * as JournalSuite from "../src/JournalSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"

JournalSuite.suite("memory", Layer.merge(Journal.layerMemory, memory))
JournalSuite.suite("SQLite", sqlite)
