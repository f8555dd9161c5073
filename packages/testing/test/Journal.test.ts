import { Layer } from "effect"
import * as MemoryJournal from "@sweepline/core/MemoryJournal"
import * as JournalSuite from "../src/JournalSuite.js"
import { memory } from "./memory.js"
import { sqlite } from "./sqlite.js"

JournalSuite.suite("memory", Layer.merge(MemoryJournal.layer, memory))
JournalSuite.suite("SQLite", sqlite)
