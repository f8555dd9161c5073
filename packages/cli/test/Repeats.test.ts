import { assert, describe, it } from "@effect/vitest"
import { folder, look, objects, sweepline } from "./fixtures/program.js"

describe("a sweep with repeats", () => {
  it("runs each configuration so often, abandons what is clearly worse, and ranks by means", async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweep, "run.sh": script })
    const { code, stderr, stdout } = await sweepline(cwd, "run", "sweep.yaml", "--workers", "1", "--json")
    assert.strictEqual(code, 0, stderr)
    // Four configurations of three seeds, and one that is abandoned after one.
    const end = objects(stdout).at(-1)
    assert.deepInclude(end, { state: "COMPLETED", runs: { finished: 13 } })
    assert.deepInclude(end?.["best"], { value: 12, mean: 12, deviation: 1, repeats: 3 })

    const best = (await look(cwd, "best")).stdout.split("\n")
    assert.match(best[0] ?? "", /^#\s+RUN\s+loss\s+REPEATS\s+x$/)
    assert.match(best[1] ?? "", /^1\s+\w+\s+12 ± 1\s+3 of 3\s+11$/)
    assert.match(best[5] ?? "", /^5\s+\w+\s+91\s+1 of 3\s+91$/)

    const rows = objects((await look(cwd, "export", "--format", "jsonl")).stdout)
    assert.deepStrictEqual(
      rows.map(({ repeat }) => repeat),
      [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1]
    )
    assert.deepStrictEqual(
      rows.slice(0, 3).map(({ config, configuration }) => [configuration, config]),
      [5, 6, 7].map((seed) => [rows[0]?.["id"], { seed, x: 11 }])
    )

    const worst = String(rows.at(-1)?.["id"])
    const why = await look(cwd, "show", worst, "--why")
    assert.include(why.stdout, "Its configuration was abandoned after 1 of 3 repeats")
    assert.include(why.stdout, String(rows[0]?.["id"]))
    const [json] = objects((await look(cwd, "show", worst, "--why", "--json")).stdout)
    assert.deepInclude(json?.["abandoned"], {
      run: worst,
      repeats: 1,
      mean: 91,
      best: rows[0]?.["id"],
      bestMean: 12
    })
    const [fine] = objects((await look(cwd, "show", String(rows[0]?.["id"]), "--why", "--json")).stdout)
    assert.deepInclude(fine, { abandoned: null })
  })
})

/** A loss of x, and a little of the seed. */
const script = `
for word in "$@"; do
  case $word in --x=*) x=\${word#--x=} ;; --seed=*) seed=\${word#--seed=} ;; esac
done
echo "{\\"loss\\": $((x + seed - 5))}"
`

const sweep = `
program: run.sh
command: [sh, "\${program}", "\${args}"]
method: grid
repeats: {times: 3, over: seed}
metric: {name: loss, goal: minimize}
parameters: {x: {values: [11, 12, 13, 14, 91]}, seed: {values: [5, 6, 7]}}
`
