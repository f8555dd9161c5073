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
      "are what the script said, and not where W&B's SDK says to look",
      "no data\n\u001b[1;34mwandb\u001b[0m: \nwandb: Find logs at: wandb/run-1/logs\n",
      "no data"
    ],
    [
      "are what W&B's SDK complains of",
      "said\n\u001b[1;34mwandb\u001b[0m: \u001b[31mERROR\u001b[0m no such project\nwandb: Find logs at: wandb/run-1\n",
      "wandb: ERROR no such project"
    ],
    ["are the SDK's own where nobody else said anything", "wandb: one\nwandb: two\n", "wandb: two"],
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
    [
      "are the error of a traceback whose beginning is too far away",
      '    y = self.layer(x)\n        ^^^^^\n  File "layer.py", line 9, in forward\n    return x @ w\nRuntimeError: CUDA error\nCompile with\n',
      "RuntimeError: CUDA error"
    ],
    [
      "are the error of code that can't be read",
      '  File "train.py", line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax',
      "SyntaxError: invalid syntax"
    ],
    [
      "are what Python said when it crashed",
      'Fatal Python error: Segmentation fault\n\nCurrent thread 0x01 (most recent call first):\n  File "train.py", line 1 in <module>\n\nExtension modules: numpy.core (total: 1)\n',
      "Fatal Python error: Segmentation fault"
    ],
    [
      "are what Hydra couldn't do, and not how to see more",
      "said\nCould not override 'lr'.\nTo append to your config use +lr=1\n\nSet the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace.\n",
      "Could not override 'lr'."
    ],
    [
      "are what Hydra couldn't parse",
      "said\nmismatched input '=' expecting <EOF>\nSee https://hydra.cc for details\n\nSet the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace.\n",
      "mismatched input '=' expecting <EOF>"
    ],
    [
      "are the flag that absl doesn't know",
      "FATAL Flags parsing error: Unknown command line flag 'lr'\nPass --helpshort or --helpfull to see help on flags.\n",
      "FATAL Flags parsing error: Unknown command line flag 'lr'"
    ],
    [
      "are the argument that Fire doesn't know",
      "ERROR: Could not consume arg: --lr=1\nUsage: train.py -\n\nFor detailed information on this command, run:\n  train.py - --help\n",
      "ERROR: Could not consume arg: --lr=1"
    ],
    [
      "are what stands in a box",
      "Usage: train.py [OPTIONS]\n╭─ Error ─────────────╮\n│ No such option: --lr │\n╰──────────────────────╯\n",
      "No such option: --lr"
    ],
    ["are a box without words", "╭──╮\n│  │\n╰──╯\n", "╰──╯"],
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
