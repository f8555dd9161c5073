#!/usr/bin/env node
"use strict"
// Starts the bundle as fast as Node can: `--version` needs none of it, and V8's compiled code is
// kept beside the bundle, where that may be written.
const fs = require("node:fs")
const nodeModule = require("node:module")
const path = require("node:path")

const folder = path.join(__dirname, "..", "dist", "bundle")
const file = path.join(folder, "sweepline.cjs")

/** V8 keeps what was compiled by the end of a first start. What drives sweeps needs far more of it than what looks at them. */
const drives = {
  run: "run",
  resume: "run",
  rerun: "run",
  serve: "serve",
  agent: "agent",
  "launch-agent": "agent",
  plan: "plan"
}
const cache = path.join(folder, ".cache", Object.hasOwn(drives, process.argv[2]) ? drives[process.argv[2]] : "look")

const manifest = require("../package.json")

/** Whether this Node is one that `engines` names; an older one would stop in the middle of things. */
const isSupported = () => {
  const numbers = (version) => version.match(/\d+/g).map(Number)
  const needed = numbers(manifest.engines.node)
  const found = numbers(process.version)
  const at = needed.findIndex((part, index) => part !== found[index])
  return at < 0 || found[at] > needed[at]
}

/** What `module.enableCompileCache` does on newer Nodes. */
const compileWithCache = () => {
  const vm = require("node:vm")
  const compiled = path.join(cache, `${process.version}-${process.arch}.bin`)
  let cachedData
  try {
    cachedData = fs.readFileSync(compiled)
  } catch {}
  const script = new vm.Script(nodeModule.wrap(fs.readFileSync(file, "latin1")), { filename: file, cachedData })
  if (cachedData === undefined || script.cachedDataRejected) {
    process.on("exit", () => {
      try {
        fs.mkdirSync(cache, { recursive: true })
        const beside = `${compiled}.${process.pid}`
        fs.writeFileSync(beside, script.createCachedData())
        fs.renameSync(beside, compiled)
      } catch {}
    })
  }
  const bundle = { exports: {} }
  script.runInThisContext()(bundle.exports, nodeModule.createRequire(file), bundle, file, folder)
}

if (process.argv.length === 3 && process.argv[2] === "--version") {
  process.stdout.write(`${manifest.version}\n`)
} else if (!isSupported()) {
  process.stderr.write(
    `sweepline: it needs Node ${manifest.engines.node.replace(">=", "")} or later, and this is ${process.version}.\n`
  )
  process.exitCode = 1
} else if (!fs.existsSync(file)) {
  process.stderr.write("sweepline: this checkout is not built yet. Run: npm run build\n")
  process.exitCode = 1
} else if (typeof nodeModule.enableCompileCache === "function") {
  nodeModule.enableCompileCache(cache)
  require(file)
} else compileWithCache()
