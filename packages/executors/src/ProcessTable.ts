import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import * as MachineIdentity from "./MachineIdentity.js"
import * as ProcessStat from "./ProcessStat.js"

/**
 * The kernel's processes. Its functions are synchronous and throw Node's errors: a
 * second Ctrl-C kills from a signal handler, where no effect can run.
 */
export class ProcessTable extends Context.Tag("@sweepline/executors/ProcessTable")<
  ProcessTable,
  {
    readonly here: MachineIdentity.MachineIdentity
    /** The processes among `pids` that exist, zombies too. */
    readonly look: (pids: ReadonlyArray<number>) => ReadonlyMap<number, ProcessStat.ProcessStat>
    /** Every process that this user may see. */
    readonly all: () => ReadonlyArray<ProcessStat.ProcessStat>
    /** Whether a process was started with this variable set so; `false` where that can't be told. */
    readonly hasVariable: (pid: number, name: string, value: string) => boolean
    /** The name and the arguments that a process goes by; none where they can't be told. */
    readonly commandLine: (pid: number) => ReadonlyArray<string>
    /** Sends a signal to a process group; `false` when it has no process any more. */
    readonly signal: (group: number, signal: NodeJS.Signals) => boolean
  }
>() {}

/** The table of this machine: /proc on Linux, `ps` on macOS and wherever else there is one. */
export const layer: Layer.Layer<ProcessTable, ExecutorError> = Layer.effect(
  ProcessTable,
  Effect.try({
    try: () => (process.platform === "linux" ? makeLinux() : makeDarwin()),
    catch: (cause) =>
      new ExecutorError({
        reason: "Unavailable",
        subject: "The local engine",
        detail: "it needs /proc to tell its processes from others. Mount it: mount -t proc proc /proc",
        cause
      })
  })
)

// internal

const signal = (group: number, name: NodeJS.Signals): boolean => {
  try {
    return process.kill(-group, name)
  } catch {
    // ESRCH: all have ended. EPERM: what has the number now is somebody else's.
    return false
  }
}

const makeLinux = (): ProcessTable["Type"] => {
  const stat = (pid: number | string): ProcessStat.ProcessStat | undefined => {
    try {
      return ProcessStat.parseLinux(readFileSync(`/proc/${pid}/stat`, "latin1"))
    } catch {
      // ENOENT, or ESRCH while it ends.
      return undefined
    }
  }
  return {
    here: MachineIdentity.readLinux(),
    look: (pids) => {
      const found = new Map<number, ProcessStat.ProcessStat>()
      for (const pid of pids) {
        const seen = stat(pid)
        if (seen !== undefined) found.set(pid, seen)
      }
      return found
    },
    all: () => {
      const found: Array<ProcessStat.ProcessStat> = []
      for (const name of readdirSync("/proc")) {
        const first = name.charCodeAt(0)
        if (first < 49 || first > 57) continue
        const seen = stat(name)
        if (seen !== undefined) found.push(seen)
      }
      return found
    },
    hasVariable: (pid, name, value) => {
      try {
        return `\0${readFileSync(`/proc/${pid}/environ`, "utf8")}\0`.includes(`\0${name}=${value}\0`)
      } catch {
        return false
      }
    },
    commandLine: (pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")
      } catch {
        return []
      }
    },
    signal
  }
}

const makeDarwin = (): ProcessTable["Type"] => {
  const ps = (which: ReadonlyArray<string>): ReadonlyArray<ProcessStat.ProcessStat> => {
    const { error, stdout } = spawnSync("ps", [...which, "-o", "pid=,pgid=,stat=,lstart="], {
      encoding: "utf8",
      // The wrapper prints its start time under the same settings: the two are compared as text.
      env: { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "ignore"]
    })
    if (error !== undefined) throw error
    return ProcessStat.parseDarwin(stdout)
  }
  return {
    here: MachineIdentity.readDarwin(),
    look: (pids) =>
      pids.length === 0 ? new Map() : new Map(ps(["-p", pids.join(",")]).map((seen) => [seen.pid, seen])),
    all: () => ps(["-ax"]),
    hasVariable: () => false,
    commandLine: () => [],
    signal
  }
}
