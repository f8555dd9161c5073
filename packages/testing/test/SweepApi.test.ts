import * as SweepApiSuite from "../src/SweepApiSuite.js"
import { memory } from "./memory.js"

SweepApiSuite.suite("memory", memory)
