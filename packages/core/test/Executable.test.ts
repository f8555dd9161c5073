import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as Executable from "../src/Executable.js"

const none = { job: undefined, imageUri: undefined, program: undefined, command: undefined }

const resolve = (options: Partial<Parameters<typeof Executable.resolve>[0]>) =>
  Executable.resolve({ given: undefined, localProgram: false, ...options, config: { ...none, ...options.config } })

describe("what a sweep's runs execute", () => {
  it.each<[string, Partial<Parameters<typeof Executable.resolve>[0]>, Executable.Executable]>([
    [
      "the job of the command line before the config's",
      { given: { kind: "job", name: "a/b/c:v1" }, config: { ...none, job: "a/b/d:v2" } },
      { kind: "job", name: "a/b/c:v1" }
    ],
    [
      "the image of the command line before the config's job",
      { given: { kind: "image", uri: "train:7" }, config: { ...none, job: "a/b/d:v2" } },
      { kind: "image", uri: "train:7" }
    ],
    ["the config's job", { config: { ...none, job: "a/b/d:v2" } }, { kind: "job", name: "a/b/d:v2" }],
    ["the config's image", { config: { ...none, imageUri: "train:7" } }, { kind: "image", uri: "train:7" }],
    [
      "the sweep's own program on one machine",
      { localProgram: true, config: { ...none, program: "train.py" } },
      { kind: "program" }
    ]
  ])("is %s (B56, RD32)", (_, options, executable) => {
    assert.deepStrictEqual(resolve(options), Either.right(executable))
  })

  it.each<[string, Partial<Parameters<typeof Executable.resolve>[0]>, string]>([
    ["a job and an image", { config: { ...none, job: "a/b/c:v1", imageUri: "train:7" } }, "both job and image_uri"],
    ["neither", { config: { ...none, program: "train.py" } }, "neither a job nor an image"],
    ["no program on one machine", { localProgram: true }, "neither a program nor a command"]
  ])("is nothing with %s, in a sentence (B56)", (_, options, words) => {
    assert.include(Either.getOrThrow(Either.flip(resolve(options))), words)
  })
})
