import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { readFileSync } from "node:fs"
import type { Executable } from "@sweepline/core/Executable"
import * as LaunchRequest from "@sweepline/core/LaunchRequest"
import * as PythonJson from "@sweepline/core/PythonJson"
import { isDict, isList, type PythonDict, type PythonValue } from "@sweepline/core/PythonValue"
import { RunId } from "@sweepline/core/RunId"
import { SweepId } from "@sweepline/core/SweepId"
import * as LaunchSpec from "../src/LaunchSpec.js"

const place = { entity: "team-a", project: "vision" }

const dict = (json: string): PythonDict => Either.getOrThrow(PythonJson.parseDict(json))

/** Launches that wandb's own scheduler was given, and what it pushed; null where it refused. Made by fixtures/launch_specs.py. */
const captured = Either.getOrThrow(
  PythonJson.parse(readFileSync(new URL("./fixtures/launch_specs.json", import.meta.url), "utf8"))
)

const textIn = (value: PythonValue | undefined): string | undefined => (typeof value === "string" ? value : undefined)

const dictIn = (value: PythonValue | undefined): PythonDict => (isDict(value) ? value : new Map())

/** The spec of a request as core makes it. */
const specOf = (options: {
  readonly run: string
  readonly trial: string
  readonly executable?: Executable
  readonly launch?: string
  readonly command?: ReadonlyArray<PythonValue>
  readonly author?: string
}) =>
  Either.flatMap(
    LaunchRequest.make({
      config: { command: options.command, program: undefined },
      executable: options.executable ?? { kind: "job", name: "team-a/vision/job-fit:v4" },
      sweep: SweepId.make("k3p9x0qa"),
      run: RunId.make(options.run),
      attempt: 1,
      trial: dict(options.trial),
      queue: "default",
      launch: options.launch === undefined ? undefined : dict(options.launch),
      author: options.author,
      environment: new Map()
    }),
    ({ request }) => LaunchSpec.make(request, place)
  )

const refusal = (options: Omit<Parameters<typeof specOf>[0], "run" | "trial">) =>
  Either.getOrThrow(Either.flip(specOf({ run: "r", trial: "{}", ...options }))).message

describe("a launch spec", () => {
  it("is byte for byte what W&B's scheduler pushes, for 250 launches drawn at random (H.1)", () => {
    const cases = isList(captured) ? captured.map(dictIn) : []
    assert.strictEqual(cases.length, 250)
    for (const each of cases) {
      const said = dictIn(each.get("said"))
      const job = textIn(said.get("job"))
      const command = said.get("command")
      const spec = Either.flatMap(
        LaunchRequest.make({
          config: { command: isList(command) ? command : undefined, program: textIn(said.get("program")) },
          executable: job === undefined ? { kind: "image", uri: "img:7" } : { kind: "job", name: job },
          sweep: SweepId.make("k3p9x0qa"),
          run: RunId.make("b7d2m4zz"),
          attempt: 1,
          trial: dictIn(said.get("trial")),
          queue: "q",
          launch: said.get("launch"),
          author: textIn(said.get("author")),
          environment: new Map([["FOO", "foo val"]])
        }),
        ({ request }) => LaunchSpec.make(request, place)
      )
      const made = Either.match(spec, {
        onLeft: () => null,
        onRight: ({ priority, queueEntity, runSpec, templateVariables = null }): PythonDict =>
          new Map<string, PythonValue>([
            ["runSpec", runSpec],
            ["templateVariables", templateVariables],
            ["queueEntity", queueEntity],
            ["priority", BigInt(priority)]
          ])
      })
      assert.deepStrictEqual(made, each.get("pushed") ?? null, PythonJson.stringify(said))
    }
  })

  it("of an image, without command and launch section, is W&B's byte for byte (H.3.1)", () => {
    const spec = Either.getOrThrow(
      specOf({
        run: "b7d2m4zz",
        trial: '{"lr": 0.01, "depth": 3}',
        executable: { kind: "image", uri: "reg.local/train:7" }
      })
    )
    assert.strictEqual(
      spec.runSpec,
      '{"overrides": {"run_config": {"lr": 0.01, "depth": 3}}, "entity": "team-a", "project": "vision", ' +
        '"docker": {"docker_image": "reg.local/train:7"}, "sweep_id": "k3p9x0qa", "resource": null, "git": {}, ' +
        '"run_id": "b7d2m4zz"}'
    )
    assert.deepStrictEqual([spec.priority, spec.templateVariables, spec.queueEntity], [2, undefined, "team-a"])
  })

  it("of a job, with command and launch section, is W&B's byte for byte (H.3.2)", () => {
    const spec = Either.getOrThrow(
      specOf({
        run: "c1c1c1c1",
        trial: '{"opt": "adam", "eps": 1e-08, "amp": true}',
        command: ["python", "fit.py", "${args_no_equals}"],
        launch:
          '{"queue":"gpu","priority":0,"resource":"kubernetes","resource_args":{"kubernetes":{"namespace":"ml"}}}',
        author: "kim"
      })
    )
    assert.strictEqual(
      spec.runSpec,
      '{"queue": "gpu", "priority": 0, "resource": "kubernetes", "resource_args": {"kubernetes": {"namespace": "ml"}}, ' +
        '"overrides": {"run_config": {"opt": "adam", "eps": 1e-08, "amp": true}, ' +
        '"args": ["--opt", "adam", "--eps", "1e-08", "--amp", "True"], "entry_point": ["python", "fit.py"]}, ' +
        '"job": "team-a/vision/job-fit:v4", "entity": "team-a", "author": "kim", "project": "vision", ' +
        '"docker": {}, "sweep_id": "k3p9x0qa", "git": {}, "run_id": "c1c1c1c1"}'
    )
    assert.strictEqual(spec.priority, 0)
  })

  it("with template variables leaves them to the push, byte for byte (H.3.3)", () => {
    const spec = Either.getOrThrow(
      specOf({
        run: "d9d9d9d9",
        trial: '{"w": 0.5, "tag": null}',
        command: ["${args_json}"],
        executable: { kind: "job", name: "team-a/vision/job-fit:latest" },
        launch: '{"template_variables":{"cpu":2},"overrides":{"run_config":{"seed":1}}}'
      })
    )
    assert.strictEqual(
      spec.runSpec,
      '{"overrides": {"run_config": {"seed": 1, "w": 0.5, "tag": null}, "args": ["{\\"w\\": 0.5, \\"tag\\": null}"]}, ' +
        '"job": "team-a/vision/job-fit:latest", "entity": "team-a", "project": "vision", ' +
        '"docker": {}, "sweep_id": "k3p9x0qa", "resource": null, "git": {}, "run_id": "d9d9d9d9"}'
    )
    assert.strictEqual(spec.templateVariables, '{"cpu": 2}')
  })

  it("keeps what the launch section has, in its place, and escapes what isn't ASCII", () => {
    const { queueEntity, runSpec } = Either.getOrThrow(
      specOf({
        run: "r",
        trial: '{"10": 1.0, "9": "é", "n": NaN}',
        launch:
          '{"project": "x", "queue_entity": "team-b", "docker": {"shm": 1}, "git": {"version": "v"}, "docker_image": 0}'
      })
    )
    assert.strictEqual(
      runSpec,
      '{"project": "vision", "queue_entity": "team-b", "docker": {"shm": 1}, "git": {"version": "v"}, "docker_image": 0, ' +
        '"overrides": {"run_config": {"10": 1.0, "9": "\\u00e9", "n": NaN}}, "job": "team-a/vision/job-fit:v4", ' +
        '"entity": "team-a", "sweep_id": "k3p9x0qa", "resource": null, "run_id": "r"}'
    )
    assert.strictEqual(queueEntity, "team-b")
  })

  it("takes null in the launch section for nothing (RD34)", () => {
    const { runSpec } = Either.getOrThrow(
      specOf({ run: "r", trial: "{}", launch: '{"docker": null, "git": null, "overrides": null, "priority": null}' })
    )
    assert.include(runSpec, '"docker": {}, "git": {}, "overrides": {"run_config": {}}')
  })

  const refused: ReadonlyArray<readonly [string, Parameters<typeof refusal>[0], string]> = [
    ["a program of this machine", { executable: { kind: "program" } }, "neither a job nor an image"],
    ["a job and an image", { launch: '{"docker": {"docker_image": "i"}}' }, "both a job and an image"],
    [
      "arguments that are no list",
      { launch: '{"overrides": {"args": {"a": 1}}}' },
      "launch.overrides.args must be a list"
    ],
    ["a docker section that is a text", { launch: '{"docker": "x"}' }, "launch.docker must be a mapping, not 'x'"]
  ]
  for (const [name, options, words] of refused) {
    it(`is refused with ${name}`, () => assert.include(refusal(options), words))
  }
})
