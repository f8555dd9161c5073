import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"

/**
 * Who a process is, for good: a pid alone is used again, so its start time belongs to it, and pid and
 * start time say something only within one boot and one pid namespace of a host.
 */
export interface ProcessIdentity {
  readonly host: string
  /** Differs after each boot; empty where it can't be told. */
  readonly boot: string
  /** The pid namespace, for containers that share a kernel; empty where there are none. */
  readonly namespace: string
  readonly pid: number
  /** The kernel's own text of the start time; empty where it can't be told. */
  readonly started: string
}

/** This process. */
export const self = (): ProcessIdentity => {
  const { boot, namespace } = machine()
  return { host: hostname(), boot, namespace, pid: process.pid, started: startedOf(process.pid) ?? "" }
}

/**
 * Whether a process is gone for certain. Of another host nothing is certain, and neither of another pid
 * namespace; another boot of this host has taken all its processes along.
 */
export const isGone = (that: ProcessIdentity): boolean => {
  const { boot, namespace } = machine()
  if (that.host !== hostname() || boot === "" || that.boot === "") return false
  if (that.boot !== boot) return true
  if (that.namespace !== namespace) return false
  const started = startedOf(that.pid)
  return started === undefined || (started !== "" && that.started !== "" && started !== that.started)
}

// internal

interface Machine {
  readonly boot: string
  readonly namespace: string
}

let known: Machine | undefined

/** Neither changes while this process lives. */
const machine = (): Machine => (known ??= { boot: readBoot(), namespace: readNamespace() })

const attempt = (read: () => string): string | undefined => {
  try {
    return read().trim()
  } catch {
    return undefined
  }
}

const readBoot = (): string =>
  (process.platform === "linux"
    ? attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"))
    : attempt(() => execFileSync("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], quiet()))) ?? ""

const readNamespace = (): string =>
  process.platform === "linux" ? (attempt(() => readlinkSync("/proc/self/ns/pid")) ?? "") : ""

/** Whether a pid is in use. A process of somebody else can't be signalled, but is there. */
const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH")
  }
}

/** The start time of a process; empty where it can't be told, `undefined` where there is no such process or only its zombie. */
const startedOf = (pid: number): string | undefined => {
  if (!exists(pid)) return undefined
  return process.platform === "linux" ? startedOnLinux(pid) : startedElsewhere(pid)
}

const startedOnLinux = (pid: number): string | undefined => {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
  if (stat === undefined) return ""
  // the name may hold spaces and parentheses: fields are counted after its last one
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const state = fields[0]
  return state === "Z" || state === "X" ? undefined : fields[19]
}

const startedElsewhere = (pid: number): string | undefined => {
  const line = attempt(() => execFileSync("/bin/ps", ["-o", "stat=,lstart=", "-p", String(pid)], quiet()))
  if (line === undefined) return ""
  return line.startsWith("Z") ? undefined : line.slice(line.indexOf(" ") + 1).trim()
}

const quiet = (): ExecFileSyncOptionsWithStringEncoding => ({ encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
