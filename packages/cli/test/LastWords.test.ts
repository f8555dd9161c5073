import { assert, describe, it } from "@effect/vitest"
import * as LastWords from "../src/LastWords.js"

const traceback = `Traceback (most recent call last):
  File "train.py", line 4, in <module>
    fit()
    ~~~^^`

const thrown = `train.mjs:3
    x()
    ^

TypeError: x is not a function
    at train.mjs:3:5 {
  code: 1
}
`

describe("the last words of a run", () => {
  for (const [what, output, words] of [
    ["are its last line that says anything", "one\ntwo\n \n\n", "two"],
    ["are none where it said nothing", "\n", ""],
    [
      "are the error of a traceback, whatever follows it",
      `${traceback}\nRuntimeError: CUDA error\nCompile with\n`,
      "RuntimeError: CUDA error"
    ],
    [
      "are the last error of several",
      `${traceback}\nKeyError: 'a'\n\nDuring handling:\n\n${traceback}\nValueError\n`,
      "ValueError"
    ],
    ["are the last line where a traceback breaks off", `said\n${traceback}\n`, "    ~~~^^"],
    ["are the error that Node was ended by", `${thrown}\nNode.js v20.20.2\n`, "TypeError: x is not a function"],
    ["are Node's version where it says no error", "\nNode.js v20.20.2\n", "Node.js v20.20.2"],
    ["are what a progress bar shows last", "\repoch 0:  10%\repoch 0:  20%\r", "epoch 0:  20%"],
    [
      "are the error that stands behind a progress bar",
      `\r 10%\r 20%\n${traceback}\r\nValueError: no\r\n`,
      "ValueError: no"
    ]
  ] as const) {
    it(what, () => assert.strictEqual(LastWords.of(output), words))
  }
})
