// What a tarball must hold, looked at before npm packs one (`prepack`, in the package's folder): the licence, which Node
// it needs, and nothing that the sources don't have any more.
import { existsSync, readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")
const read = (...path) => readFileSync(join(...path), "utf8")
const manifest = JSON.parse(read("package.json"))
const problems = []

const { node } = JSON.parse(read(root, "package.json")).engines
if (manifest.engines?.node !== node) problems.push(`package.json must say that it needs Node ${node}`)
if (!existsSync("LICENSE") || read("LICENSE") !== read(root, "LICENSE"))
  problems.push("LICENSE must be the repository's")
if (!existsSync("README.md")) problems.push("README.md is missing")

// tsc leaves the output of a source that was deleted or renamed where it is.
if (manifest.files.includes("dist")) {
  for (const file of readdirSync("dist", { recursive: true })) {
    const source = file.replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts")
    if (source !== file && !existsSync(join("src", source)))
      problems.push(`dist/${file} has no source: delete dist, and build`)
  }
}

for (const problem of problems) console.error(`${manifest.name}: ${problem}`)
process.exit(problems.length > 0 ? 1 : 0)
