import * as LaunchQueueSuite from "../src/LaunchQueueSuite.js"
import { memory } from "./memory.js"

LaunchQueueSuite.suite("memory", memory)
