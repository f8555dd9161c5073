// Makes the program that is published: one file with everything in it but native modules and
// worker entries, and the notices of what it carries.
import { build } from "esbuild"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
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

// The first start compiles; let it be this one.
mkdirSync(join(out, ".cache"), { recursive: true })
const { status, stderr } = spawnSync(process.execPath, [join(root, "bin", "sweepline.cjs"), "--help"], {
  encoding: "utf8"
})
if (status !== 0) {
  console.error(`${relative(process.cwd(), out)}: the bundle does not start\n${stderr}`)
  process.exit(1)
}
