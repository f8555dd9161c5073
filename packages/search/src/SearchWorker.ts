// The entry of the worker thread that `SearchLive.layer` starts: answers requests one by one.
import { parentPort, workerData } from "node:worker_threads"
import * as SearchProtocol from "./SearchProtocol.js"

// Only a thread that was started to search may listen: whoever imports this module elsewhere has a port of its own.
if (workerData === SearchProtocol.marker && parentPort !== null) {
  const port = parentPort
  const respond = SearchProtocol.receiver()
  port.on("message", (request: SearchProtocol.Request) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
    port.postMessage(respond(request))
  })
}
