// Writes each library package's src/index.ts: one namespace per module, for consumers only.
// `--check` writes nothing and fails where a file is out of date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const check = process.argv.includes("--check")
const stale = []
for (const name of readdirSync("packages").sort()) {
  const src = join("packages", name, "src")
  if (name === "cli" || !existsSync(src)) continue
  const modules = readdirSync(src)
    .filter((file) => /^[A-Z].*\.ts$/.test(file))
    .map((file) => file.slice(0, -3))
    .sort()
  const text =
    modules.length === 0
      ? "export {}\n"
      : modules.map((module) => `export * as ${module} from "./${module}.js"\n`).join("")
  const index = join(src, "index.ts")
  if (existsSync(index) && readFileSync(index, "utf8") === text) continue
  if (check) stale.push(index)
  else writeFileSync(index, text)
}
if (stale.length > 0) {
  console.error(`Out of date: ${stale.join(", ")}. Run: npm run codegen`)
  process.exit(1)
}
