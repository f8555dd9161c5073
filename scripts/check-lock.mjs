// A lock file must serve any machine: no registry host but npm's own, and no binding left out of it.
import { readFileSync } from "node:fs"

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"))
const problems = []
for (const [path, entry] of Object.entries(lock.packages)) {
  if (entry.resolved?.startsWith("http") && !entry.resolved.startsWith("https://registry.npmjs.org/")) {
    problems.push(`${path}: resolved from ${new URL(entry.resolved).host}`)
  }
  const nested = path.lastIndexOf("node_modules/")
  const roots = nested < 0 ? [""] : [`${path}/`, path.slice(0, nested), ""]
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (!roots.some((root) => lock.packages[`${root}node_modules/${name}`]))
      problems.push(`${path}: ${name} is not in the lock file`)
  }
}
if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exit(1)
}
