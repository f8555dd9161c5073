// Installs the packed packages into a copy of an example, outside the monorepo, and runs the
// example's tests there: what a person who installs them from a registry will see.
// Usage: packed-example.mjs EXAMPLE TARBALLS TARGET
import { spawnSync } from "node:child_process"
import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"

const [example, tarballs, target] = process.argv.slice(2).map((path) => resolve(path))
cpSync(example, target, {
  recursive: true,
  filter: (path) => !/node_modules|dist|\.sweepline/.test(path.slice(example.length))
})

const file = join(target, "package.json")
const manifest = JSON.parse(readFileSync(file, "utf8"))
const packed = new Map(
  readdirSync(tarballs).map((name) => [
    name.replace(/^sweepline-([a-z-]+)-\d.*$/, "@sweepline/$1"),
    join(tarballs, name)
  ])
)
const needed = Object.keys(manifest.dependencies).filter((name) => packed.has(name))
// A tarball's own siblings come from tarballs too: exact versions, none of them published yet.
for (const [name, path] of packed) if (name.startsWith("@sweepline/")) manifest.dependencies[name] = `file:${path}`
manifest.overrides = Object.fromEntries(
  [...packed].filter(([name]) => name.startsWith("@sweepline/")).map(([name]) => [name, `$${name}`])
)
writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)
console.log(`packed-example: ${manifest.name} needs ${needed.join(", ")}`)

const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: target, stdio: "inherit" })
  if (status !== 0) {
    console.error(`packed-example: ${command} ${args.join(" ")} failed in ${target}`)
    process.exit(status ?? 1)
  }
}
run("npm", ["install", "--no-audit", "--no-fund"])
run("npm", ["start"])
run("npm", ["test"])
