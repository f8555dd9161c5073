import type { Colors } from "../Colors.js"
import * as Format from "../Format.js"
import * as Text from "../Text.js"
import type { Gantt } from "./Gantt.js"
import * as Gantts from "./Gantt.js"
import type { Attempt, Ending } from "./Sample.js"

/** How a chart is drawn. */
export interface Look {
  readonly columns: number
  readonly colors: Colors
}

/** Charts wider than this are no easier to read. */
const widest = 100

/** The most workers that are drawn. */
const most = 24

const colours = {
  finished: "green",
  stopped: "yellow",
  failed: "red",
  crashed: "red",
  preempted: "magenta",
  killed: "yellow"
} as const satisfies Record<Ending, keyof Colors>

/** The last character of an attempt that didn't finish. */
const marks = {
  finished: undefined,
  stopped: "s",
  failed: "×",
  crashed: "!",
  preempted: "p",
  killed: "k"
} as const satisfies Record<Ending, string | undefined>

const isMark = (text: string | undefined): boolean =>
  text !== undefined && Object.values(marks).some((mark) => mark === text)

/** The chart as lines: a worker each, a time axis below, and what the signs mean. */
export const lines = (chart: Gantt, look: Look): ReadonlyArray<string> => {
  const { colors } = look
  const shown = chart.lanes.slice(0, most)
  const labels = Text.widest(shown.map((_, worker) => label(worker)))
  const width = Math.max(20, Math.min(look.columns, widest) - labels - 4)
  const hidden = chart.lanes.length - shown.length
  const used = new Set(shown.flatMap((lane) => lane.map(({ ending }) => ending)))
  const isCrowded = shown.some((lane) => lane.length * 2 > width)
  return [
    ...shown.map(
      (lane, worker) => `${colors.dim(Text.pad(label(worker), labels))} │${row(lane, chart.span, width, colors)}`
    ),
    `${" ".repeat(labels)} └${axis(chart, width)}`,
    `${" ".repeat(labels)}  ${axisLabels(chart, width)}`,
    ...(hidden > 0 ? [colors.dim(`${Text.count(hidden, "worker")} more; --svg draws all of them.`)] : []),
    ...legend(used, isCrowded, colors)
  ]
}

const label = (worker: number): string => `worker ${worker + 1}`

interface Cell {
  text: string
  ending: Ending | undefined
}

const row = (lane: ReadonlyArray<Attempt>, span: number, width: number, colors: Colors): string => {
  const cells: Array<Cell> = Array.from({ length: width }, () => ({ text: " ", ending: undefined }))
  const cellOf = (time: number) => Math.min(width - 1, Math.floor((time / span) * width))
  lane.forEach(({ ending, endedAt, startedAt, submittedAt }, index) => {
    const from = cellOf(startedAt)
    const to = Math.max(from, Math.ceil((endedAt / span) * width) - 1)
    for (let at = cellOf(submittedAt); at < from; at++)
      if (cells[at]?.ending === undefined) cells[at] = { text: "·", ending: undefined }
    for (let at = from; at <= to && at < width; at++) {
      // A cell that two attempts share shows the later one, but where the earlier has something to say and the later has room.
      if (at === from && from < to && isMark(cells[at]?.text)) continue
      cells[at] = { text: index % 2 === 0 ? "█" : "▓", ending }
    }
    const mark = marks[ending]
    const last = cells[Math.min(to, width - 1)]
    if (mark !== undefined && last !== undefined) last.text = mark
  })
  return painted(cells, colors).trimEnd()
}

const painted = (cells: ReadonlyArray<Cell>, colors: Colors): string => {
  let text = ""
  let run = ""
  let ending: Ending | undefined
  const close = () => {
    text += run === "" || ending === undefined ? run : colors[colours[ending]](run)
    run = ""
  }
  for (const cell of cells) {
    if (cell.ending !== ending) {
      close()
      ending = cell.ending
    }
    run += cell.text
  }
  close()
  return text
}

/** As many marks as their labels have room. */
const axisMarks = (chart: Gantt, width: number): ReadonlyArray<number> =>
  Gantts.marks(chart, Math.max(1, Math.floor(width / (timeLabel(chart.span).length + 4))))

const axis = (chart: Gantt, width: number): string => {
  const cells = Array.from({ length: width }, () => "─")
  for (const time of axisMarks(chart, width)) cells[columnOf(time, chart, width)] = "┬"
  return cells.join("")
}

const axisLabels = (chart: Gantt, width: number): string => {
  let text = ""
  for (const time of axisMarks(chart, width)) {
    const name = timeLabel(time)
    // The last one may be moved a little to stay within the terminal.
    const column = Math.min(columnOf(time, chart, width), width + 2 - name.length)
    if (column < text.length) continue
    text = text.padEnd(column) + name
  }
  return text
}

const columnOf = (time: number, { span }: Gantt, width: number): number =>
  Math.min(width - 1, Math.floor((time / span) * width))

const timeLabel = (millis: number): string =>
  millis % 1000 === 0 ? Format.clock(millis) : `${(millis / 1000).toFixed(1)} s`

const legend = (used: ReadonlySet<Ending>, isCrowded: boolean, colors: Colors): ReadonlyArray<string> => {
  const signs = [...used].flatMap((ending) => {
    const mark = marks[ending]
    return mark === undefined ? [] : [`${colors[colours[ending]](mark)} ${ending}`]
  })
  if (isCrowded) signs.push("a column may hold several runs")
  return signs.length === 0 ? [] : [colors.dim(signs.join("  ·  "))]
}
