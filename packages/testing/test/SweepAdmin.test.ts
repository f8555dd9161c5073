import { Layer } from "effect"
import * as MemorySweepAdmin from "@sweepline/core/MemorySweepAdmin"
import * as MemorySweepApi from "@sweepline/core/MemorySweepApi"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import * as SweepAdminSuite from "../src/SweepAdminSuite.js"
import { sqlite } from "./sqlite.js"

const memory = Layer.merge(MemorySweepApi.layer, MemorySweepAdmin.layer).pipe(Layer.provide(MemoryStore.layer))

SweepAdminSuite.suite("memory", memory)
SweepAdminSuite.suite("SQLite", sqlite)
