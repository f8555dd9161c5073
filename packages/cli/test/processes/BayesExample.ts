import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { examples, folder, look, objects, sweepline } from "../fixtures/program.js"

describe("the Bayesian example", () => {
  // With its own 20 runs it wins with ten or eleven of the first dozen seeds, depending on which runs are ended in time;
  // with the first one by far, and after 14 already.
  it("finds a lower loss than random search does in as many runs", async (test) => {
    const bayes = readFileSync(join(examples, "python/bayes.yaml"), "utf8")
    const random = bayes.replace("method: bayes", "method: random").replace(/early_terminate:\n( .*\n)+/, "")
    const [found, drawn] = await Promise.all(
      [bayes, random].map(async (text) => {
        const cwd = folder(test, {
          "sweep.yaml": text.replace("program: train.py", `program: ${join(examples, "python/train.py")}`)
        })
        const run = await sweepline(cwd, "run", "sweep.yaml", "--workers", "1", "--run-cap", "14", "--seed", "1")
        assert.strictEqual(run.code, 0, run.stderr)
        assert.match(run.stdout, /COMPLETED: run_cap is reached/)
        const runs = objects((await look(cwd, "list", "--json")).stdout)[0]
        assert.deepInclude(runs, { runCap: 14 })
        // The first line of the table of the best runs: place, run, loss, parameters.
        return Number(/^1 +\w+ +([0-9.]+) /m.exec(run.stdout)?.[1])
      })
    )
    assert.isBelow(found ?? Number.NaN, 0.7 * (drawn ?? Number.NaN))
  })
})
