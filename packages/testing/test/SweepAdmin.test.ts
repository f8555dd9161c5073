import { Layer } from "effect"
import * as SweepAdmin from "@sweepline/core/SweepAdmin"
import * as SweepApi from "@sweepline/core/SweepApi"
import * as MemoryStore from "@sweepline/core/MemoryStore"
import * as SweepAdminSuite from "../src/SweepAdminSuite.js"
import { sqlite } from "./sqlite.js"

const memory = Layer.merge(SweepApi.layerMemory, SweepAdmin.layerMemory).pipe(Layer.provide(MemoryStore.layer))

SweepAdminSuite.suite("memory", memory)
SweepAdminSuite.suite("SQLite", sqlite)
