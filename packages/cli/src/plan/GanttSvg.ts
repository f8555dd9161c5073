import * as RunKey from "@sweepline/core/RunKey"
import * as Format from "../Format.js"
import type { Gantt } from "./Gantt.js"
import * as Gantts from "./Gantt.js"
import type { Attempt, Ending } from "./Sample.js"
import { endings } from "./Sample.js"

/** Colours that stay apart for those who don't see red and green apart: Okabe and Ito's. */
const fills = {
  finished: "#009e73",
  stopped: "#e69f00",
  failed: "#d55e00",
  crashed: "#8b2500",
  preempted: "#cc79a7",
  killed: "#999999"
} as const satisfies Record<Ending, string>

const width = 1200
const margin = { left: 92, right: 28, top: 64, bottom: 68 }
const plot = width - margin.left - margin.right

/** The chart as an SVG document; each attempt tells of itself when it is pointed at. */
export const render = (chart: Gantt, title: string): string => {
  const lane = Math.max(4, Math.min(26, Math.floor(900 / Math.max(1, chart.lanes.length))))
  const bottom = margin.top + lane * chart.lanes.length
  const height = bottom + margin.bottom
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin.left}" y="34" font-size="16" font-weight="600" fill="#1a1a1a">${escape(title)}</text>`,
    ...axis(chart, bottom),
    ...chart.lanes.flatMap((attempts, worker) => [
      ...workerLabel(worker, lane),
      ...attempts.flatMap((attempt) => bar(attempt, chart.span, lane))
    ]),
    ...legend(chart, bottom + 46),
    "</svg>"
  ].join("\n")}\n`
}

const x = (time: number, span: number): number => round(margin.left + (time / span) * plot)

const round = (value: number): number => Math.round(value * 100) / 100

const axis = (chart: Gantt, bottom: number): ReadonlyArray<string> => [
  ...Gantts.marks(chart, 10).flatMap((time) => {
    const at = x(time, chart.span)
    return [
      `<line x1="${at}" y1="${margin.top - 6}" x2="${at}" y2="${bottom}" stroke="#e3e3e3"/>`,
      `<text x="${at}" y="${bottom + 18}" text-anchor="middle" fill="#555555">${timeLabel(time)}</text>`
    ]
  }),
  `<line x1="${margin.left}" y1="${bottom}" x2="${width - margin.right}" y2="${bottom}" stroke="#888888"/>`
]

const timeLabel = (millis: number): string =>
  millis % 1000 === 0 ? Format.clock(millis) : `${(millis / 1000).toFixed(1)} s`

/** Every worker, or as many as there is room for. */
const workerLabel = (worker: number, lane: number): ReadonlyArray<string> => {
  const every = lane >= 12 ? 1 : lane >= 7 ? 2 : 5
  if (worker % every !== 0) return []
  const y = margin.top + worker * lane + lane / 2 + 4
  return [`<text x="${margin.left - 10}" y="${y}" text-anchor="end" fill="#555555">worker ${worker + 1}</text>`]
}

const bar = (attempt: Attempt, span: number, lane: number): ReadonlyArray<string> => {
  const { endedAt, ending, run, startedAt, submittedAt, worker } = attempt
  const gap = lane >= 10 ? 3 : 1
  const y = margin.top + worker * lane + gap / 2
  const height = lane - gap
  const from = x(startedAt, span)
  // A hair less than its time, so that neighbours stay apart.
  const wide = Math.max(0.4, round(x(endedAt, span) - from - 0.6))
  const name = escape(RunKey.make(run.id, attempt.attempt))
  const about = `${name}: ${ending}, ${timeLabel(startedAt)} to ${timeLabel(endedAt)}`
  const waited = x(submittedAt, span)
  return [
    ...(from - waited < 0.5
      ? []
      : [
          `<line x1="${waited}" y1="${y + height / 2}" x2="${from}" y2="${y + height / 2}" stroke="#999999" stroke-dasharray="2 2"/>`
        ]),
    `<rect x="${from}" y="${y}" width="${wide}" height="${height}" rx="${wide > 6 && height > 6 ? 2 : 0}" fill="${fills[ending]}"><title>${about}</title></rect>`
  ]
}

const legend = ({ lanes }: Gantt, y: number): ReadonlyArray<string> => {
  const used = new Set(lanes.flatMap((lane) => lane.map(({ ending }) => ending)))
  return endings
    .filter((ending) => used.has(ending))
    .flatMap((ending, index) => [
      `<rect x="${margin.left + index * 110}" y="${y - 11}" width="12" height="12" rx="2" fill="${fills[ending]}"/>`,
      `<text x="${margin.left + index * 110 + 18}" y="${y}" fill="#333333">${ending}</text>`
    ])
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
