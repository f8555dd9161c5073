import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as PythonJson from "@sweepline/core/PythonJson"
import type { PythonDict } from "@sweepline/core/PythonValue"
import * as SchedulerSpec from "../src/SchedulerSpec.js"

const dict = (json: string): PythonDict => Either.getOrThrow(PythonJson.parseDict(json))

const options = (json: string): SchedulerSpec.Options => ({
  ...Either.getOrThrow(SchedulerSpec.sections(dict(json))),
  entity: "ent",
  project: "proj",
  queue: "q",
  author: "usr"
})

const specOf = (options: SchedulerSpec.Options) =>
  String(Either.getOrThrow(SchedulerSpec.make(options)).get("run_spec"))

const image =
  '{"image_uri": "myimage:tag", "launch": {"queue": "q", "priority": 1}, "scheduler": {"num_workers": 2}, "method": "grid"}'

describe("SchedulerSpec", () => {
  it("is byte for byte what W&B's client sends, with its quotes (G.3.3)", () => {
    const made = Either.getOrThrow(SchedulerSpec.make({ ...options(image), referenceQuoting: true }))
    assert.strictEqual(
      specOf({ ...options(image), referenceQuoting: true }),
      '{"overrides": {"run_config": {"launch": {"queue": "q", "priority": 1}, "scheduler": {"num_workers": 2}}, "args": ["--queue", "\'q\'", "--project", "\'proj\'", "--author", "\'usr\'", "--image_uri", "myimage:tag"], "entry_point": ["wandb", "scheduler", "WANDB_SWEEP_ID"]}, "uri": "placeholder-uri-scheduler", "entity": "ent", "project": "proj", "name": "Scheduler.WANDB_SWEEP_ID", "docker": {}, "resource": "local-process", "git": {}, "run_id": "WANDB_SWEEP_ID"}'
    )
    assert.deepStrictEqual([...made.keys()], ["queue", "run_queue_project", "run_spec"])
    assert.strictEqual(made.get("run_queue_project"), "model-registry")
  })

  it("quotes on the scheduler's command line only what a shell would take apart (RD21)", () => {
    const spec = specOf({ ...options(image), queue: "my queue" })
    assert.include(spec, '"args": ["--queue", "\'my queue\'", "--project", "proj", "--author", "usr",')
  })

  it("starts a scheduler job with its arguments in the run config, and its job after the uri (G.3.1)", () => {
    assert.strictEqual(
      specOf(
        options(
          '{"job": "e/p/fit:v1", "launch": {"registry": {"url": "reg"}}, "scheduler": {"job": "e/p/opt:v2", "resource_args": {"cpu": 1}, "settings": {"method": "bayes"}}}'
        )
      ),
      '{"overrides": {"run_config": {"launch": {"registry": {"url": "reg"}}, "scheduler": {"job": "e/p/opt:v2", "resource_args": {"cpu": 1}}, "settings": {"method": "bayes"}, "sweep_args": {"sweep_id": "WANDB_SWEEP_ID", "queue": "q", "project": "proj", "job": "e/p/fit:v1", "author": "usr"}}}, "uri": "placeholder-uri-scheduler", "job": "e/p/opt:v2", "entity": "ent", "project": "proj", "name": "Scheduler.WANDB_SWEEP_ID", "docker": {}, "resource": "local-container", "git": {}, "resource_args": {"cpu": 1}, "run_id": "WANDB_SWEEP_ID", "registry": {"url": "reg"}}'
    )
  })

  it("refuses both job and image, and neither", () => {
    assert.include(SchedulerSpec.make(options("{}")).pipe(Either.flip, Either.getOrThrow), "neither")
    const both = SchedulerSpec.make(options('{"job": "a/b/c:v0", "image_uri": "i"}'))
    assert.include(Either.getOrThrow(Either.flip(both)), "both")
  })

  it("refuses a local process that would have to run a job or an image (G.3.2)", () => {
    for (const scheduler of ['"job": "a/b/c:v0"', '"docker_image": "i"']) {
      const made = SchedulerSpec.make(
        options(`{"image_uri": "i", "scheduler": {"resource": "local-process", ${scheduler}}}`)
      )
      assert.include(Either.getOrThrow(Either.flip(made)), "local-process")
    }
  })

  it("names a section that is no mapping, and takes null for an empty one (RD34)", () => {
    assert.strictEqual(
      Either.getOrThrow(Either.flip(SchedulerSpec.sections(dict('{"launch": 3}')))),
      "launch must be a mapping, not 3."
    )
    assert.strictEqual(Either.getOrThrow(SchedulerSpec.sections(dict('{"launch": null}'))).launch.size, 0)
  })

  it("reads what it has sent before, and lets what is new go over it (RD22)", () => {
    const sent = Either.getOrThrow(
      SchedulerSpec.make(
        options('{"image_uri": "i", "launch": {"queue": "old", "priority": 1}, "scheduler": {"num_workers": 2}}')
      )
    )
    const before = SchedulerSpec.previous(PythonJson.stringify(sent))
    assert.strictEqual(before.job, undefined)
    const merged = SchedulerSpec.merge(before, {
      launch: dict('{"queue": "new"}'),
      scheduler: dict('{"num_workers": 4}'),
      settings: new Map()
    })
    assert.strictEqual(PythonJson.stringify(merged.launch), '{"queue": "new", "priority": 1}')
    assert.strictEqual(PythonJson.stringify(merged.scheduler), '{"num_workers": 4, "resource": "local-process"}')
    assert.strictEqual(SchedulerSpec.previous(undefined).launch.size, 0)
    assert.strictEqual(SchedulerSpec.previous("no json").scheduler.size, 0)
  })
})
