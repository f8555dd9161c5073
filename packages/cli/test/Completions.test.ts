import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { Either } from "effect"
import * as Completions from "../src/Completions.js"
import * as Shell from "../src/Shell.js"

const commands = [
  Completions.command("run", "Run a sweep: here.", {
    args: [["<sweep.yaml>", "The config."]],
    options: [
      ["-w, --workers N", "Runs at a time."],
      ["--wandb-sdk local|own", "Where it's logged."],
      ["--dir DIR", "The folder [of all]."],
      ["--start POINT...", "First."],
      ["--json", "Objects."]
    ]
  }),
  Completions.command("cancel", "End it.", { args: [["<sweep>", "Which one."]], options: [["-h, --help", "This."]] })
]

const script = (shell: string) => Either.getOrThrow(Completions.script(shell, commands))

/** What bash offers behind these words, each a line of its own. */
const offered = (...lines: ReadonlyArray<ReadonlyArray<string>>) => {
  const asks = lines.map(
    (words) =>
      `COMP_WORDS=(${["sweepline", ...words].map(Shell.quote).join(" ")}); COMP_CWORD=${words.length}; _sweepline; echo "\${COMPREPLY[*]}"`
  )
  const listing = "sweepline() { printf 'SWEEP  NAME\\nabcd1234  digits\\nefgh5678  iris\\n'; }"
  const { status, stderr, stdout } = spawnSync(
    "bash",
    ["--norc", "-c", [listing, script("bash"), ...asks].join("\n")],
    {
      encoding: "utf8"
    }
  )
  assert.strictEqual(status, 0, stderr)
  return stdout.trimEnd().split("\n")
}

describe("completions", () => {
  it("of bash offer commands, options, choices and sweeps, and leave files to the shell", () => {
    assert.deepStrictEqual(
      offered(
        ["c"],
        ["run", "--w"],
        ["run", "--wandb-sdk", ""],
        ["run", "--workers", ""],
        ["run", "sw"],
        ["run", "sweep.yaml", "--workers", "2", "--j"],
        ["cancel", ""],
        ["cancel", "a"]
      ),
      ["cancel", "--workers --wandb-sdk", "local own", "", "", "--json", "abcd1234 efgh5678", "abcd1234"]
    )
  })

  it("of zsh take files and choices as such, and no sentence for syntax", () => {
    const zsh = script("zsh")
    assert.include(zsh, "'run:Run a sweep\\: here.'")
    assert.include(zsh, "'(--wandb-sdk)--wandb-sdk[Where it'\\''s logged.]:local|own:(local own)'")
    assert.include(zsh, "'(--dir)--dir[The folder \\[of all\\].]:DIR:_files'")
    assert.include(zsh, "'*--start[First.]:POINT: '")
    assert.include(zsh, "1:argument:_files")
  })

  it("of fish do, too", () => {
    const fish = script("fish")
    assert.include(fish, "-n '__sweepline_command run' -s w -l workers -r -f -d 'Runs at a time.'")
    assert.include(fish, "-l wandb-sdk -r -f -a 'local own' -d 'Where it\\'s logged.'")
    assert.include(fish, "-n '__sweepline_command run' -F")
  })

  it("are refused for a shell that isn't known", () => {
    assert.include(Either.getOrThrow(Either.flip(Completions.script("tcsh", commands))), "bash, zsh or fish")
  })
})
