import * as PythonJson from "@sweepline/core/PythonJson"
import type { RunState } from "@sweepline/core/RunState"
import type { RunReport } from "@sweepline/core/SweepApi"
import * as FileStream from "../FileStream.js"

/** What a launch agent's report is on the wire: what the run's own client would have said (F.4). */
export const reportMessage = ({ exitCode, state, summary }: RunReport): FileStream.Message => ({
  ...(summary.size === 0
    ? {}
    : { files: { [FileStream.summaryFile]: { offset: 0, content: [PythonJson.stringify(summary)] } } }),
  ...endings[state](exitCode)
})

const lives = () => ({})
const ends = (otherwise: number) => (exitCode: number | undefined) => ({
  complete: true as const,
  exitcode: exitCode ?? otherwise
})

const endings: Record<RunState, (exitCode: number | undefined) => FileStream.Message> = {
  pending: lives,
  running: lives,
  unknown: lives,
  preempting: () => ({ preempting: true }),
  preempted: (exitCode) => ({ preempting: true, ...ends(1)(exitCode) }),
  finished: ends(0),
  failed: ends(1),
  crashed: ends(1),
  killed: ends(255)
}
