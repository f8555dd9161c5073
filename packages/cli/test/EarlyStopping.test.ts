import { assert, describe, it } from "@effect/vitest"
import { folder, look, objects, sweepline } from "./fixtures/program.js"

describe.concurrent("early stopping", () => {
  for (const rule of ["hyperband", "asha"]) {
    it(`by ${rule} ends runs that lose, and show --why says to whom`, async (test) => {
      const cwd = folder(test, { "sweep.yaml": sweepOf(rule), "run.sh": script })
      const { code, stderr, stdout } = await sweepline(cwd, "run", "sweep.yaml", "--workers", "1", "--json")
      assert.strictEqual(code, 0, stderr)
      const ended = objects(stdout).filter(({ type }) => type === "RunEnded")
      const end = objects(stdout).at(-1)
      assert.deepInclude(end, { state: "COMPLETED", runs: { finished: 1, killed: 2 } })
      assert.deepInclude(end?.["best"], { value: 0.9 })

      const [winner, loser] = ended.map((run) => String(run["run"] ?? run["id"]))
      const why = await look(cwd, "show", loser ?? "", "--why")
      assert.include(why.stdout, `stopped early, by ${rule}`)
      assert.match(why.stdout, / 1 its score was 0\.5000; to go on, it had to be at least 0\.9000\./)
      assert.include(why.stdout, winner ?? "?")
      const [json] = objects((await look(cwd, "show", loser ?? "", "--why", "--json")).stdout)
      assert.deepStrictEqual(json, {
        run: loser,
        state: "killed",
        stop: "EarlyStopped",
        detail: null,
        verdict: { rung: 1, value: 0.5, threshold: 0.9, peers: [winner] }
      })
      assert.include((await look(cwd, "show", winner ?? "", "--why")).stdout, "Nobody has asked it to stop.")
      assert.match((await look(cwd, "show", "--why")).stdout, /^\w+ is FINISHED: \w+: .+\.$/m)
    })
  }
})

/** The first run ends at once; the others go on for as long as they are let. */
const script = [
  "x=${1#--x=}",
  'for step in 1 2; do echo "{\\"score\\": $x, \\"_step\\": $step}"; done',
  '[ "$x" = 0.9 ] || exec sleep 40'
].join("\n")

const sweepOf = (rule: string) => `
program: run.sh
command: [sh, "\${program}", "\${args}"]
method: grid
metric: {name: score, goal: maximize}
early_terminate: {type: ${rule}, min_iter: 1}
parameters: {x: {values: [0.9, 0.5, 0.4]}}
`
