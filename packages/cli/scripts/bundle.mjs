// Makes the program that is published: one file with everything in it but native modules and
// worker entries, and the notices of what it carries.
import { build } from "esbuild"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..")
const out = join(root, "dist", "bundle")
const { dependencies, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

/** Worker threads start from files of their own, which the program looks for beside itself, under these names. */
const workers = ["search/dist/SearchWorker.js", "cli/dist/plan/PlanWorker.js"]

rmSync(out, { recursive: true, force: true })
const shared = {
  absWorkingDir: root,
  outdir: out,
  bundle: true,
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"],
  conditions: ["import"],
  external: Object.keys(dependencies),
  legalComments: "none",
  // Less to read at each start; names stay, so that a stack trace says where.
  minifyWhitespace: true,
  metafile: true,
  logLevel: "warning"
}
const builds = await Promise.all([
  build({
    ...shared,
    entryPoints: { sweepline: join(root, "dist", "bin.js") },
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    define: { SWEEPLINE_VERSION: JSON.stringify(version), "import.meta.url": "sweeplineBundleUrl" },
    banner: { js: 'const sweeplineBundleUrl = require("node:url").pathToFileURL(__filename).href' }
  }),
  build({
    ...shared,
    entryPoints: Object.fromEntries(workers.map((file) => [basename(file, ".js"), join(root, "..", file)])),
    format: "esm",
    // What is CommonJS among them asks for Node's own modules.
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' }
  })
])

/** The folder of a package that an input file belongs to. */
const packageOf = (file) => {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json")
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name !== undefined) return folder
  }
  throw new Error(`${file} belongs to no package`)
}

const carried = new Map()
for (const input of builds.flatMap(({ metafile }) => Object.keys(metafile.inputs))) {
  const file = join(root, input)
  if (!file.includes("/node_modules/")) continue
  const folder = packageOf(file)
  if (carried.has(folder)) continue
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const licence = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name))
  carried.set(folder, {
    title: `${manifest.name} ${manifest.version} (${manifest.license ?? "see below"})`,
    text:
      licence === undefined
        ? "The package carries no licence file."
        : readFileSync(join(folder, licence), "utf8").trim()
  })
}
const notices = [...carried.values()].sort((a, b) => (a.title < b.title ? -1 : 1))
const line = "-".repeat(80)
writeFileSync(
  join(root, "THIRD-PARTY-NOTICES.txt"),
  `sweepline's program file contains the following packages.\n\n${notices
    .map(({ text, title }) => `${line}\n${title}\n${line}\n\n${text}\n`)
    .join("\n")}`
)

// Read as Latin-1 at each start, which is quicker than UTF-8.
// oxlint-disable-next-line no-control-regex -- whatever isn't ASCII is what is looked for
if (/[^\u0000-\u007f]/.test(readFileSync(join(out, "sweepline.cjs"), "utf8"))) throw new Error("the bundle isn't ASCII")

// The first start of each kind compiles; let it be this one.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SWEEPLINE_")))
const start = (...args) =>
  spawnSync(process.execPath, [join(root, "bin", "sweepline.cjs"), ...args], { encoding: "utf8", env })
const { status, stderr } = start("--help")
if (status !== 0) {
  console.error(`${relative(process.cwd(), out)}: the bundle does not start\n${stderr}`)
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), "sweepline-bundle-"))
const sweep = {
  command: [process.execPath, "--version"],
  method: "random",
  run_cap: 1,
  parameters: { x: { max: 1, min: 0.5 } }
}
writeFileSync(join(folder, "sweep.yaml"), JSON.stringify(sweep))
start("run", join(folder, "sweep.yaml"), "--dir", join(folder, ".sweepline"))
rmSync(folder, { recursive: true })
