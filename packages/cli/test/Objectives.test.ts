import { assert, describe, it } from "@effect/vitest"
import { folder, look, objects, sweepline } from "./fixtures/program.js"

describe("a sweep with several metrics", () => {
  it("is searched without a strategy of one's own, and best prints its front", async (test) => {
    const cwd = folder(test, { "sweep.yaml": sweep, "run.sh": script })
    const { code, stderr, stdout } = await sweepline(cwd, "run", "sweep.yaml", "--seed", "1")
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /\nRUN\s+loss\s+accuracy\s+x\s+y\n/)
    assert.match(stdout, /\nBest runs:\s+sweepline best [a-z0-9]{8}\n/)
    assert.notInclude(stdout, "Best run:")
    const best = await look(cwd, "best")
    assert.match(best.stdout, /^RUN\s+loss\s+accuracy\s+x\s+y/)
    assert.include(best.stdout, "No other run is better in one of loss and accuracy without being worse in another.")
    const front = objects((await look(cwd, "best", "--json")).stdout).map(({ summary }) => summary)
    assert.isNotEmpty(front)
    const all = objects((await look(cwd, "export", "--format", "jsonl")).stdout)
    assert.lengthOf(all, 14)
    const [first] = objects((await look(cwd, "best", "--json", "--limit", "1")).stdout)
    assert.deepStrictEqual(first?.["summary"], front[0])
  })
})

/** A loss of x + y and an accuracy of x − y, in hundredths. */
const script = `
for word in "$@"; do
  case $word in --x=*) x=\${word#--x=} ;; --y=*) y=\${word#--y=} ;; esac
done
echo "{\\"loss\\": $((x + y)), \\"accuracy\\": $((x - y))}"
`

const sweep = `
program: run.sh
command: [sh, "\${program}", "\${args}"]
method: custom
run_cap: 14
metrics: [{name: loss, goal: minimize}, {name: accuracy, goal: maximize}]
parameters: {x: {min: 0, max: 100}, y: {min: 0, max: 100}}
`
