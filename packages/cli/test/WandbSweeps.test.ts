import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Schedule } from "effect"
import { SweepId } from "@sweepline/core/SweepId"
import type { World } from "./fixtures/wandb.js"
import { objects } from "./fixtures/program.js"
import * as Wandb from "./fixtures/wandb.js"

const grid = "method: grid\nname: file\nprogram: train.py\nparameters: {x: {values: [1, 2]}}\n"

const launched = `method: grid
image_uri: train:7
parameters: {x: {values: [1, 2]}}
launch: {queue: q, priority: 1}
scheduler: {num_workers: 2}
`

const world = Effect.tap(Wandb.make, (world) => Wandb.createQueue(world, "q"))

const sweepNode = (world: World, sweep: string) =>
  Effect.map(
    world.gql(
      'query S($sweep: String!) { project(name: "proj", entityName: "ent") { sweep(sweepName: $sweep) { config displayName controller priorRunsFilters scheduler state } } }',
      { sweep }
    ),
    (data) => Wandb.at(data, "project", "sweep")
  )

/** Puts a launch of a job into the queue. */
const pushJob = (world: World) =>
  world.gql(
    'mutation P($spec: JSONString!) { pushToRunQueueByName(input: {entityName: "ent", projectName: "model-registry", queueName: "q", runSpec: $spec}) { runQueueItemId } }',
    { spec: JSON.stringify({ entity: "ent", project: "proj", run_id: "r1", job: "ent/proj/train:v0" }) }
  )

const idIn = (stdout: string): string => /ID: (\w+)/.exec(stdout)?.[1] ?? assert.fail(stdout)

describe("sweepline sweep", () => {
  it.scopedLive("creates a sweep of a file, with what the command line says over it (G.5)", () =>
    Effect.gen(function* () {
      const at = yield* world
      const file = at.file("sweep.yaml", grid)
      const { code, stderr, stdout } = yield* at.run([
        "sweep",
        file,
        "--name",
        "mine",
        "--program",
        "other.py",
        "--controller",
        "--prior_run",
        "r1",
        "-R",
        "r2"
      ])
      assert.strictEqual(code, 0, stderr)
      const sweep = idIn(stdout)
      assert.include(stdout, `View sweep at: http://localhost/ent/proj/sweeps/${sweep}`)
      assert.include(stdout, `Run sweep agent with: sweepline agent ent/proj/${sweep}`)
      const node = yield* sweepNode(at, sweep)
      const config = Wandb.textAt(node, "config")
      assert.include(config, "name: mine\n")
      assert.include(config, "program: other.py\n")
      assert.include(config, "controller:\n  type: local\n")
      assert.strictEqual(Wandb.at(node, "priorRunsFilters"), '{"$or": [{"name": "r1"}, {"name": "r2"}]}')
      assert.strictEqual(Wandb.at(node, "state"), "PENDING")
    })
  )

  it.scopedLive("sends settings as they are given, and tells what it sends", () =>
    Effect.gen(function* () {
      const at = yield* world
      const file = at.file("sweep.yaml", grid)
      const { code, stderr, stdout } = yield* at.run(["sweep", file, "--settings", "a=1,b=x=y", "--verbose"])
      assert.strictEqual(code, 0, stderr)
      assert.include(stderr, "settings:\n  a: '1'\n  b: x=y")
      assert.include(Wandb.textAt(yield* sweepNode(at, idIn(stdout)), "config"), "settings:\n  a: '1'\n  b: x=y")
      assert.strictEqual((yield* at.run(["sweep", file, "--settings", "a"])).code, 2)
    })
  )

  it.scopedLive("changes the config of a sweep", () =>
    Effect.gen(function* () {
      const at = yield* world
      const sweep = yield* Wandb.createSweep(at, grid)
      const file = at.file("sweep.yml", grid.replace("[1, 2]", "[1, 2, 3]"))
      const { stdout } = yield* at.run(["sweep", "--update", `ent/proj/${sweep}`, file, "--json"])
      assert.strictEqual(Wandb.at(JSON.parse(stdout), "type"), "SweepUpdated")
      assert.include(Wandb.textAt(yield* sweepNode(at, sweep), "config"), "- 3\n")
      const missing = yield* at.run(["sweep", "--update", "nope", file])
      assert.strictEqual(missing.code, 4)
      assert.include(missing.stderr, "It was looked for in ent/proj.")
    })
  )

  it.scopedLive("pauses, resumes, stops and cancels by the rules of B67", () =>
    Effect.gen(function* () {
      const at = yield* world
      const sweep = yield* Wandb.createSweep(at, grid)
      const early = yield* at.run(["sweep", "--pause", sweep])
      assert.strictEqual(early.code, 2)
      assert.include(early.stderr, "it hasn't begun")
      yield* at.api.setSweepState(SweepId.make(sweep), "RUNNING")
      const steps = [
        [["sweep", "--pause", sweep], "PAUSED"],
        [["sweep", "--resume", `proj/${sweep}`], "RUNNING"],
        [["pause", "--backend", "wandb", sweep], "PAUSED"],
        [["resume", "--backend=wandb", sweep], "RUNNING"],
        [["stop", "--backend", "wandb", sweep, "--json"], "FINISHED"]
      ] as const
      for (const [args, state] of steps) {
        const { code, stderr } = yield* at.run(args)
        assert.strictEqual(code, 0, stderr)
        assert.strictEqual(yield* Wandb.sweepState(at, sweep), state)
      }
      const late = yield* at.run(["cancel", "--backend", "wandb", sweep])
      assert.strictEqual(late.code, 2)
      assert.include(late.stderr, "is FINISHED and can't be cancelled: what has ended stays as it is.")
      assert.include((yield* at.run(["sweep", "--stop", "--pause", sweep])).stderr, "give one of them")
    })
  )

  it.scopedLive("is listed with its project", () =>
    Effect.gen(function* () {
      const at = yield* world
      const sweep = yield* Wandb.createSweep(at, grid)
      const { stdout } = yield* at.run(["list", "--backend", "wandb"])
      assert.include(stdout, sweep)
      assert.include((yield* at.run(["list", "--backend", "wandb", "-p", "empty"])).stdout, "There is no sweep")
    })
  )
})

describe("results of a sweep on W&B", () => {
  it.scopedLive("are ranked and exported as those of this folder", () =>
    Effect.gen(function* () {
      const at = yield* world
      const metric = "metric: {name: loss, goal: minimize}\n"
      const sweep = yield* Wandb.createSweep(at, grid + metric)
      yield* at.api.registerAgent({ sweep: SweepId.make(sweep), host: "h" })
      const trial = new Map([["x", 2n]])
      const run = yield* at.api.createRun({ sweep: SweepId.make(sweep), trial })
      const report = { attempt: 1, state: "finished", exitCode: 0, summary: new Map([["loss", 0.25]]) } as const
      yield* at.api.reportRun({ sweep: SweepId.make(sweep), run, report })
      const path = `ent/proj/${sweep}`
      const best = yield* at.run(["best", "--backend", "wandb", path, "--json"], { WANDB_PROJECT: "" })
      assert.strictEqual(best.code, 0, best.stderr)
      assert.strictEqual(Wandb.at(JSON.parse(best.stdout), "id"), run)
      const exported = yield* at.run(["export", "--backend", "wandb", sweep])
      assert.include(exported.stdout, "0.25")
      assert.strictEqual((yield* at.run(["best", "--backend", "wandb", "nope"])).code, 4)
    })
  )
})

describe("sweepline show --backend wandb", () => {
  it.scopedLive("prints a sweep with its runs, and one of them with its config and summary", () =>
    Effect.gen(function* () {
      const at = yield* world
      const sweep = SweepId.make(yield* Wandb.createSweep(at, `${grid}metric: {name: loss, goal: minimize}\n`))
      yield* at.api.registerAgent({ sweep, host: "h" })
      const run = yield* at.api.createRun({ sweep, trial: new Map([["x", 2n]]) })
      const report = { attempt: 1, state: "finished", exitCode: 0, summary: new Map([["loss", 0.25]]) } as const
      yield* at.api.reportRun({ sweep, run, report })
      const show = (...args: ReadonlyArray<string>) => at.run(["show", "--backend", "wandb", ...args])

      const shown = yield* show(`ent/proj/${sweep}`)
      assert.strictEqual(shown.code, 0, shown.stderr)
      assert.match(shown.stdout, /RUNNING · 1 finished/)
      assert.include(shown.stdout, run)
      const lines = (yield* show(sweep, "--json")).stdout.trim().split("\n")
      const [first, second] = lines.map((line): unknown => JSON.parse(line))
      assert.deepStrictEqual([Wandb.at(first, "id"), Wandb.at(second, "id")], [sweep, run])

      const one = yield* show(run)
      assert.strictEqual(one.code, 0, one.stderr)
      assert.match(one.stdout, /state +finished, exit code 0\n[^]*config\s+x +2[^]*summary\s+loss +0\.25/)
      assert.strictEqual(Wandb.at(JSON.parse((yield* show(run, "--json")).stdout), "id"), run)
      for (const [args, named] of [
        [[run], run],
        [[`ent/proj/${run}`], `ent/proj/${run}`],
        [[run, "-p", "proj"], `proj/${run}`],
        [[`proj/${run}`, "-e", "ent"], `ent/proj/${run}`],
        [[run, "-e", "ent"], `${run} --entity ent`]
      ] as const) {
        const last = (yield* show(...args)).stdout.trimEnd().split("\n").at(-1)
        assert.strictEqual(last, `Output: sweepline logs ${named} --backend wandb`)
      }
    })
  )

  it.scopedLive("says so where it is asked for what W&B doesn't know", () =>
    Effect.gen(function* () {
      const at = yield* world
      for (const option of ["--why", "--events", "--command"]) {
        const { code, stderr } = yield* at.run(["show", "--backend", "wandb", option])
        assert.strictEqual(code, 2)
        assert.include(stderr, `${option} prints what only the machine knows`)
      }
      assert.strictEqual((yield* at.run(["show", "--backend", "wandb", "nope"])).code, 4)
    })
  )
})

describe("a sweep on W&B that is resumed", () => {
  it.scopedLive("is given nothing that only a scheduler of this machine could keep to", () =>
    Effect.gen(function* () {
      const at = yield* world
      for (const [options, said] of [
        [["--detach"], "--detach can only be kept to"],
        [["--deadline", "2h", "--budget", "1gpuh"], "--deadline and --budget can only be kept to"]
      ] as const) {
        const { code, stderr } = yield* at.run(["resume", "abc", "--backend", "wandb", ...options])
        assert.strictEqual(code, 2)
        assert.include(stderr, said)
      }
    })
  )
})

describe("a path that names no sweep on W&B", () => {
  it.scopedLive("is refused by what takes --backend wandb, before anything is asked", () =>
    Effect.gen(function* () {
      const at = yield* world
      const asked = at.operations.length
      for (const command of ["show", "best", "export"]) {
        const { code, stderr } = yield* at.run([command, "--backend", "wandb", "a/b/c/d"])
        assert.strictEqual(code, 2)
        assert.include(stderr, '"a/b/c/d" names no sweep on W&B.')
      }
      assert.strictEqual(at.operations.length, asked)
    })
  )
})

describe("sweepline launch-agent", () => {
  it.scopedLive("refuses a queue that isn't there, with those that are", () =>
    Effect.gen(function* () {
      const at = yield* world
      const { code, stderr } = yield* at.run(["launch-agent", "-q", "p"])
      assert.strictEqual(code, 2)
      assert.include(stderr, 'There is no queue "p" in ent/model-registry.')
      assert.include(stderr, "There are: q.")
      assert.isFalse(at.operations.includes("CreateLaunchAgent"))
    })
  )

  it.scopedLive("says why the code of a job can't be fetched, and not where from", () =>
    Effect.gen(function* () {
      const at = yield* world
      yield* pushJob(at)
      const node = { name: "wandb-job.json", directUrl: "http://localhost/storage/job?signature=secret" }
      const files = { edges: [{ node }], pageInfo: { hasNextPage: false, endCursor: null } }
      const data = { project: { artifactCollectionMembership: { files } } }
      at.intercept(({ operation }) =>
        operation === "ArtifactFiles" ? Effect.succeed({ status: 200, text: JSON.stringify({ data }) }) : undefined
      )
      const program = yield* at.start(["launch-agent", "-q", "q", "--dir", at.folder])
      const refusal = Effect.suspend(() => Effect.fromNullable(/r1 is refused: .*/.exec(program.stdout())?.[0]))
      const said = yield* Effect.retry(refusal, { schedule: Schedule.spaced("10 millis"), times: 500 })
      assert.include(said, "its code can't be fetched: the answer has status 403")
      yield* program.signal("SIGINT")
      const { stderr, stdout } = yield* program.ended
      assert.notInclude(stdout + stderr, "secret")
    })
  )

  it.scopedLive("says last that it has gone, where the server asks it to leave", () =>
    Effect.gen(function* () {
      const at = yield* world
      const told: Array<string> = []
      const isSettled = yield* Deferred.make<void>()
      let isTelling = false
      at.intercept(({ answer, body, operation }) => {
        if (operation === "LaunchAgent") {
          const data = { launchAgent: { id: "1", name: "box", stopPolling: true } }
          return Effect.succeed({ status: 200, text: JSON.stringify({ data }) })
        }
        if (operation !== "updateLaunchAgent") return undefined
        const status = /"agentStatus":"(\w+)"/.exec(body)?.[1] ?? ""
        const telling = Effect.tap(answer, () => void told.push(status))
        // What was said before takes its time, until it is heard or taken back.
        if (status === "KILLED") return Effect.zipLeft(telling, isTelling ? Deferred.await(isSettled) : Effect.void)
        isTelling = true
        return Effect.delay(telling, "50 millis").pipe(Effect.ensuring(Deferred.succeed(isSettled, undefined)))
      })
      const { code } = yield* at.run(["launch-agent", "-q", "q", "--dir", at.folder])
      assert.strictEqual(code, 0)
      assert.strictEqual(told.at(-1), "KILLED")
    })
  )

  it.scopedLive("ends with a bug that it meets, instead of waiting for what nobody runs any more", () =>
    Effect.gen(function* () {
      const at = yield* world
      yield* pushJob(at)
      at.intercept(({ operation }) => (operation === "ArtifactFiles" ? Effect.die("oops") : undefined))
      const { code, stderr } = yield* at.run(["launch-agent", "-q", "q", "--dir", at.folder])
      assert.strictEqual(code, 1)
      assert.include(stderr, "this is a bug in sweepline")
    })
  )
})

describe("sweepline agent", () => {
  it.scopedLive("ends with 1 when so many runs as it may have failed one after the other", () =>
    Effect.gen(function* () {
      const at = yield* world
      const sweep = yield* Wandb.createSweep(
        at,
        `method: grid
command: [sh, -c, 'test "$1" = --x=0', sh, "\${args}"]
parameters: {x: {values: [0, 1, 2, 3]}}
`
      )
      const { code, stdout } = yield* at.run([
        "agent",
        sweep,
        "--max-consecutive-failed-runs",
        "2",
        "--json",
        "--dir",
        at.folder
      ])
      assert.strictEqual(code, 1)
      const ends = objects(stdout).flatMap(({ exitCode, type }) => (type === "RunEnded" ? [exitCode] : []))
      assert.deepStrictEqual(ends, [0, 1, 1])
    })
  )
})

describe("an agent that waits for a silent server to register it", () => {
  for (const [name, line, operation] of [
    ["agent", (sweep: string) => ["agent", sweep], "CreateAgent"],
    ["launch-agent", () => ["launch-agent", "-q", "q"], "createLaunchAgent"]
  ] as const) {
    it.scopedLive(`is ended by a first signal: sweepline ${name}`, () =>
      Effect.gen(function* () {
        const at = yield* world
        const sweep = yield* Wandb.createSweep(at, grid)
        const asked = yield* Deferred.make<void>()
        at.intercept((request) =>
          request.operation === operation
            ? Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never)
            : undefined
        )
        const program = yield* at.start(line(sweep))
        yield* Deferred.await(asked)
        assert.isFalse(yield* program.takesSignals)
      })
    )
  }
})

describe("sweepline launch-sweep", () => {
  it.scopedLive("queues a scheduler that the reference's launch agent starts (G.3)", () =>
    Effect.gen(function* () {
      const at = yield* world
      const { code, stderr, stdout } = yield* at.run([
        "launch-sweep",
        at.file("sweep.yaml", launched),
        "--reference-quoting"
      ])
      assert.strictEqual(code, 0, stderr)
      const sweep = idIn(stdout)
      assert.include(stdout, "Scheduler added to launch queue (q)")
      const item = yield* Wandb.pop(at, "q")
      assert.deepStrictEqual(Wandb.at(item, "runSpec"), {
        overrides: {
          run_config: { launch: { queue: "q", priority: 1 }, scheduler: { num_workers: 2 } },
          args: ["--queue", "'q'", "--project", "'proj'", "--author", "'usr'", "--image_uri", "train:7"],
          entry_point: ["wandb", "scheduler", sweep]
        },
        uri: "placeholder-uri-scheduler",
        entity: "ent",
        project: "proj",
        name: `Scheduler.${sweep}`,
        docker: {},
        resource: "local-process",
        git: {},
        run_id: sweep
      })
      assert.strictEqual(yield* Wandb.sweepState(at, sweep), "PENDING")
    })
  )

  it.scopedLive(
    "launches the scheduler of a paused sweep anew: new over old, the launch section kept (G.2, RD22)",
    () =>
      Effect.gen(function* () {
        const at = yield* world
        const sweep = idIn((yield* at.run(["launch-sweep", at.file("sweep.yaml", launched)])).stdout)
        yield* Wandb.pop(at, "q")
        yield* at.api.setSweepState(SweepId.make(sweep), "RUNNING")
        const running = yield* at.run(["launch-sweep", "--resume_id", sweep])
        assert.strictEqual(running.code, 2)
        assert.include(running.stderr, "is RUNNING")
        yield* at.api.setSweepState(SweepId.make(sweep), "PAUSED")
        const again = at.file("again.yaml", "method: random\nscheduler: {num_workers: 5}\n")
        const { code, stderr, stdout } = yield* at.run(["launch-sweep", again, "-r", sweep])
        assert.strictEqual(code, 0, stderr)
        assert.include(stderr, "The sweep keeps its config")
        assert.include(stdout, `Resumed sweep with ID: ${sweep}`)
        const spec = Wandb.at(yield* Wandb.pop(at, "q"), "runSpec")
        assert.deepStrictEqual(Wandb.at(spec, "overrides", "run_config"), {
          launch: { queue: "q", priority: 1 },
          scheduler: { num_workers: 5, resource: "local-process" }
        })
        assert.include(Wandb.textAt(yield* sweepNode(at, sweep), "config"), "method: grid")
      })
  )

  it.scopedLive("says at once what its scheduler will make of what is no number of workers (B15)", () =>
    Effect.gen(function* () {
      const at = yield* world
      const file = at.file("many.yaml", launched.replace("num_workers: 2", "num_workers: many"))
      const { code, stderr } = yield* at.run(["launch-sweep", file])
      assert.strictEqual(code, 0, stderr)
      assert.include(stderr, "scheduler.num_workers is many, which is no number of workers: there will be 8.")
    })
  )

  it.scopedLive("hands the method to a scheduler job (G.1)", () =>
    Effect.gen(function* () {
      const at = yield* world
      const file = at.file("job.yaml", launched.replace("num_workers: 2", "job: ent/proj/opt:v0"))
      const { code, stderr } = yield* at.run(["launch-sweep", file])
      // The job isn't there, which is told last.
      assert.strictEqual(code, 1)
      assert.include(stderr, "scheduler.settings.method")
      assert.include(stderr, 'There is no job "ent/proj/opt:v0"')
    })
  )

  const refusals: ReadonlyArray<
    readonly [string, ReadonlyArray<string>, string, number, string, Readonly<Record<string, string>>?]
  > = [
    ["no entity", ["sweep.yaml"], launched, 2, "No entity is named", { WANDB_ENTITY: "" }],
    ["no project", ["sweep.yaml"], launched, 2, "No project is named", { WANDB_PROJECT: "" }],
    ["no queue", ["sweep.yaml"], launched.replace("queue: q, ", ""), 2, "No queue is named"],
    ["an unknown queue", ["sweep.yaml", "-q", "p"], launched, 2, 'There is no queue "p"'],
    [
      "neither job nor image",
      ["sweep.yaml"],
      launched.replace("image_uri: train:7\n", ""),
      1,
      "neither a job nor an image_uri"
    ],
    ["job and image", ["sweep.yaml"], `job: a/b/c:v0\n${launched}`, 1, "both job and image_uri"],
    [
      "an unknown job",
      ["sweep.yaml"],
      launched.replace("image_uri: train:7", "job: a/b/c:v0"),
      1,
      'There is no job "a/b/c:v0"'
    ],
    [
      "more workers than its scheduler can have",
      ["sweep.yaml"],
      launched.replace("num_workers: 2", "num_workers: 1000000000"),
      2,
      "scheduler.num_workers is 1000000000, and a scheduler has at most 100000 workers: write fewer there."
    ],
    ["no sweep", ["sweep.yaml"], "launch: {queue: q}\n", 2, "has no sweep in it"],
    ["a file of another kind", ["sweep.txt"], launched, 2, "neither YAML nor JSON"],
    ["an empty file", ["sweep.yml"], "", 2, "The file is empty"],
    ["an unknown sweep", ["sweep.yaml", "-r", "nope"], launched, 4, 'There is no sweep "nope"'],
    ["a wrong key", ["sweep.yaml"], launched, 3, "refuses the API key", { WANDB_API_KEY: "f".repeat(40) }]
  ]

  for (const [what, [name = "", ...args], config, code, says, environment] of refusals) {
    it.scopedLive(`refuses ${what}, before anything is launched`, () =>
      Effect.gen(function* () {
        const at = yield* world
        const ended = yield* at.run(["launch-sweep", at.file(name, config), ...args], environment)
        assert.include(ended.stderr, says)
        assert.strictEqual(ended.code, code)
        assert.isFalse(at.operations.includes("UpsertSweep"))
      })
    )
  }

  it.scopedLive("resumes no sweep that has ended", () =>
    Effect.gen(function* () {
      const at = yield* world
      const sweep = yield* Wandb.createSweep(at, grid)
      yield* at.api.setSweepState(SweepId.make(sweep), "CANCELED")
      const { code, stderr } = yield* at.run(["launch-sweep", "--resume-id", sweep, "-q", "q"])
      assert.strictEqual(code, 2)
      assert.include(stderr, "what has ended stays as it is")
    })
  )

  it.scopedLive("says what it is where it is given nothing", () =>
    Effect.gen(function* () {
      const at = yield* world
      const { code, stdout } = yield* at.run(["launch-sweep"])
      assert.strictEqual(code, 0)
      assert.include(stdout, "Usage: sweepline launch-sweep [config]")
    })
  )
})

describe("sweepline doctor", () => {
  it.scopedLive("says what is so, and what is wrong with how to mend it", () =>
    Effect.gen(function* () {
      const at = yield* world
      yield* Wandb.createSweep(at, grid)
      const well = yield* at.run(["doctor", "-q", "q"])
      assert.strictEqual(well.code, 0, well.stdout)
      assert.strictEqual(well.stdout.split("\n").filter((line) => line.startsWith("✔")).length, 6)
      const cases = [
        [{ WANDB_API_KEY: "" }, [], "settings", 2, 'set WANDB_API_KEY, or run "wandb login"'],
        [{ WANDB_API_KEY: "f".repeat(40) }, [], "key", 3, 'set WANDB_API_KEY, or run "wandb login --relogin"'],
        [{}, ["-e", "strangers"], "entity", 2, "Give --entity"],
        [{}, ["-p", "nowhere"], "project", 4, "Or give --project"],
        [{ WANDB_PROJECT: "" }, [], "project", 2, "give --project, or set WANDB_PROJECT"],
        [{}, ["-q", "p"], "queue", 2, "Create it in W&B, or give --queue"]
      ] as const
      for (const [environment, args, check, code, remedy] of cases) {
        const ended = yield* at.run(["doctor", ...args, "--json"], environment)
        const wrong = ended.stdout.split("\n").map((line): unknown => JSON.parse(line))
        const found = wrong.find((finding) => Wandb.at(finding, "ok") === false)
        assert.strictEqual(Wandb.at(found, "check"), check)
        assert.include(Wandb.at(found, "detail"), remedy)
        assert.strictEqual(ended.code, code)
      }
    })
  )
})
