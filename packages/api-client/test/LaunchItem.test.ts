import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as PythonJson from "@sweepline/core/PythonJson"
import { RunId } from "@sweepline/core/RunId"
import { SweepId } from "@sweepline/core/SweepId"
import * as LaunchItem from "../src/LaunchItem.js"

const read = (spec: string) => Either.flatMap(PythonJson.parseDict(spec), LaunchItem.read)

const refusalOf = (spec: object) =>
  LaunchItem.refusal(Either.getOrThrow(read(JSON.stringify({ entity: "e", project: "p", ...spec }))))

describe("a launch item", () => {
  it("is read from the spec of a run", () => {
    const spec = `{"job": "e/p/fit:v1", "entity": "e", "project": "p", "author": "a", "docker": {}, "sweep_id": "s", "resource": null,
      "git": {}, "overrides": {"run_config": {"lr": 0.1}, "args": ["--lr=0.1", 2]}, "run_id": "r"}`
    assert.deepStrictEqual(
      read(spec),
      Either.right({
        run: RunId.make("r"),
        name: undefined,
        entity: "e",
        project: "p",
        author: "a",
        sweep: SweepId.make("s"),
        job: "e/p/fit:v1",
        image: undefined,
        uri: undefined,
        resource: undefined,
        isScheduler: false,
        entryPoint: [],
        args: ["--lr=0.1", "2"],
        runConfig: new Map([["lr", 0.1]])
      })
    )
  })

  it("knows a scheduler by its placeholder", () => {
    const spec = `{"uri": "placeholder-uri-scheduler", "entity": "e", "project": "p", "overrides": {"entry_point": ["wandb", "scheduler", "s"]}}`
    const item = Either.getOrThrow(read(spec))
    assert.isTrue(item.isScheduler)
    assert.deepStrictEqual(item.entryPoint, ["wandb", "scheduler", "s"])
  })

  it.each([
    [{ docker: { docker_image: "reg/train:7" } }, "It runs the image reg/train:7: "],
    [{ resource: "kubernetes", job: "e/p/fit:v1" }, "It is for the resource kubernetes: "],
    [{ uri: "https://host/repo.git", overrides: { entry_point: ["sh"] } }, "Its code is at https://host/repo.git, "]
  ])("is refused by an agent of processes where it is for another one: %j", (spec, begin) => {
    const sentence = refusalOf(spec) ?? ""
    assert.isTrue(sentence.startsWith(begin), sentence)
    assert.isTrue(sentence.endsWith("wandb launch-agent takes it."), sentence)
  })

  it.each([
    { overrides: { entry_point: ["sh"] } },
    { resource: "local-process", job: "e/p/fit:v1" },
    { resource: "local-process", uri: "placeholder-uri-scheduler" }
  ])("is taken by an agent of processes where it is one: %j", (spec) => {
    assert.isUndefined(refusalOf(spec))
  })

  it.each([
    [`{"project": "p"}`, "The spec names no entity or project."],
    [`{"entity": "e", "project": "p", "overrides": {"args": "--x"}}`, "The spec's overrides.args must be a list."],
    [`{"entity": "e", "project": "p", "docker": 1}`, "The spec's docker must be a mapping."]
  ])("is refused where it can't be one: %s", (spec, sentence) => {
    assert.deepStrictEqual(read(spec), Either.left(sentence))
  })
})
