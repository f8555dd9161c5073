import * as MemoryDocuments from "@sweepline/core/MemoryDocuments"
import * as DocumentsSuite from "../src/DocumentsSuite.js"
import { sqlite } from "./sqlite.js"
import { Layer } from "effect"
import * as EarlyStopping from "@sweepline/core/EarlyStopping"
import * as TestSearch from "../src/TestSearch.js"

DocumentsSuite.suite("memory", MemoryDocuments.layer)
DocumentsSuite.suite("SQLite", Layer.provide(sqlite, Layer.merge(TestSearch.layerCounting(), EarlyStopping.layerNoop)))
