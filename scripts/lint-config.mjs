// Writes .oxlintrc.json: the arrows between packages (docs/architecture.md) become one
// override per package, so that an import against an arrow is a lint error.
// `--check` fails where the file is out of date.
import { readFileSync, writeFileSync } from "node:fs"

/** package → the siblings it may import. */
const arrows = {
  core: [],
  search: ["core"],
  "api-client": ["core"],
  embedded: ["core", "search"],
  server: ["core"],
  executors: ["core"],
  simulation: ["core"],
  testing: ["core", "search", "api-client", "embedded", "server", "executors", "simulation"],
  cli: ["core", "search", "api-client", "embedded", "server", "executors", "simulation"]
}
const packages = Object.keys(arrows)
const scoped = (name) => (name === "cli" ? "sweepline" : `@sweepline/${name}`)

const barrels = [
  "effect",
  "@effect/platform",
  "@effect/platform-node",
  "@effect/cli",
  "@effect/sql",
  "@effect/experimental",
  "@effect/printer"
].map((name) => ({ name, message: "Import the module by its path, for example effect/Effect." }))

const restricted = (name) => {
  const forbidden = packages.filter((other) => other !== name && !arrows[name].includes(other))
  const patterns = [
    {
      group: forbidden.flatMap((other) => [scoped(other), `${scoped(other)}/*`]),
      message: `${name} may not know this package (docs/architecture.md).`
    },
    {
      group: ["@sweepline/*/src/*", "@sweepline/*/internal/*", "../../*/src/*"],
      message: "Another package's insides are closed."
    }
  ]
  const modules =
    name === "testing"
      ? []
      : [
          { name: "vitest", message: "Only packages/testing and tests import vitest." },
          {
            name: "@effect/vitest",
            message: "Only packages/testing and tests import vitest."
          }
        ]
  const siblings = packages.map((other) => ({
    name: scoped(other),
    message: "Import the module by its path, for example @sweepline/core/RunId."
  }))
  return ["error", { paths: [...barrels, ...modules, ...siblings], patterns }]
}

const config = {
  $schema: "./node_modules/oxlint/configuration_schema.json",
  plugins: ["typescript", "import", "unicorn", "oxc", "node", "promise"],
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["**/dist/**", "**/node_modules/**", "**/.sweepline/**"],
  rules: {
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/ban-ts-comment": "error",
    "typescript/consistent-type-imports": "error",
    "no-restricted-globals": ["error", "setTimeout", "setInterval", "setImmediate"],
    "no-shadow": "off",
    "no-underscore-dangle": "off",
    "no-await-in-loop": "off",
    "no-new-array": "off",
    "require-yield": "off",
    "unicorn/no-array-sort": "off",
    "unicorn/no-array-reverse": "off",
    "unicorn/no-array-callback-reference": "off",
    "unicorn/no-array-method-this-argument": "off",
    "unicorn/consistent-function-scoping": "off",
    "unicorn/no-thenable": "off",
    "unicorn/require-module-specifiers": "off",
    "import/no-unassigned-import": "off",
    "import/no-named-as-default": "off",
    "import/no-named-as-default-member": "off",
    "typescript/no-unsafe-type-assertion": "off",
    "typescript/no-redeclare": "off",
    "no-redeclare": "off",
    "promise/always-return": "off"
  },
  overrides: [
    ...packages.map((name) => ({
      files: [`packages/${name}/src/**/*.ts`],
      rules: { "no-restricted-imports": restricted(name) }
    })),
    {
      files: ["**/test/**", "**/bench/**", "scripts/**", "examples/**", "packages/*/scripts/**", "packages/cli/bin/**"],
      rules: { "no-restricted-globals": "off" }
    }
  ]
}

const file = ".oxlintrc.json"
const text = `${JSON.stringify(config, null, 2)}\n`
if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error(`${file} is out of date. Run: npm run codegen`)
    process.exit(1)
  }
} else writeFileSync(file, text)
