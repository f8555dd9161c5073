/** One process, as the kernel lists it. */
export interface ProcessStat {
  readonly pid: number
  readonly group: number
  /** The session; on macOS, which doesn't tell, the group. */
  readonly session: number
  /** Tells this process from a later one with the same pid. Compared as text, never read. */
  readonly startTime: string
  /** It has ended, and its parent hasn't noticed yet. */
  readonly zombie: boolean
}

/** Reads the line of /proc/PID/stat; `undefined` where it is none. */
export const parseLinux = (text: string): ProcessStat | undefined => {
  // The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
  const open = text.indexOf(" (")
  const close = text.lastIndexOf(") ")
  if (open < 1 || close < open) return undefined
  const fields = text.slice(close + 2).split(" ", 20)
  const [state, , group, session] = fields
  const startTime = fields[19]
  if (state === undefined || group === undefined || session === undefined || startTime === undefined) return undefined
  return {
    pid: Number(text.slice(0, open)),
    group: Number(group),
    session: Number(session),
    startTime,
    zombie: state === "Z" || state === "X" || state === "x"
  }
}

/** Reads the lines of `ps -o pid=,pgid=,stat=,lstart=`; lines that are none are left out. */
export const parseDarwin = (text: string): ReadonlyArray<ProcessStat> => {
  const found: Array<ProcessStat> = []
  for (const line of text.split("\n")) {
    const match = darwinLine.exec(line)
    if (match === null) continue
    const [, pid = "", group = "", state = "", start = ""] = match
    found.push({
      pid: Number(pid),
      group: Number(group),
      session: Number(group),
      startTime: start.trim().replace(/\s+/g, " "),
      zombie: state.startsWith("Z")
    })
  }
  return found
}

// internal

const darwinLine = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S.*)$/
