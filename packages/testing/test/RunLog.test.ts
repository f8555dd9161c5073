import * as RunLogSuite from "../src/RunLogSuite.js"
import { memory } from "./memory.js"

RunLogSuite.suite("memory", memory)
