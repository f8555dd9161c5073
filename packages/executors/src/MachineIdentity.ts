import { spawnSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"

/** Where a pid has its meaning. Each field is one word. */
export interface MachineIdentity {
  /** Another one after each boot. */
  readonly boot: string
  /** The pid namespace; `-` where there are none. */
  readonly namespace: string
  /** The machine, also after a reboot. */
  readonly host: string
}

/** How the place of a claim relates to this one: the same, the same machine before it booted, or another. */
export type Place = "here" | "rebooted" | "elsewhere"

/** Where something that was said at `there` stands, seen from `here`. */
export const place = (there: MachineIdentity, here: MachineIdentity): Place => {
  // A boot id is drawn at random at each boot, so equal ones are one machine, whatever it calls itself.
  if (there.boot === here.boot) return there.namespace === here.namespace ? "here" : "elsewhere"
  return there.host === here.host ? "rebooted" : "elsewhere"
}

/** Reads this machine's identity from /proc. Throws Node's error where /proc isn't there. */
export const readLinux = (): MachineIdentity => ({
  boot: readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim(),
  namespace: /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "-",
  host: word(machineId() ?? hostname())
})

/** Reads this machine's identity from `sysctl` and `ioreg`, which takes some 20 ms. */
export const readDarwin = (): MachineIdentity => ({
  boot: word(
    command("sysctl", ["-n", "kern.bootsessionuuid"]) ?? parseBootTime(command("sysctl", ["-n", "kern.boottime"]) ?? "")
  ),
  namespace: "-",
  host: word(parsePlatformUuid(command("ioreg", ["-rd1", "-c", "IOPlatformExpertDevice"]) ?? "") ?? hostname())
})

/** The seconds of `{ sec = 1700000000, usec = 0 } Tue Nov 14 …`. */
export const parseBootTime = (text: string): string => /\bsec = (\d+)/.exec(text)?.[1] ?? "unknown"

/** The machine's own id in what `ioreg` prints. */
export const parsePlatformUuid = (text: string): string | undefined => /"IOPlatformUUID" = "([^"]+)"/.exec(text)?.[1]

// internal

const word = (text: string): string => {
  const joined = text.trim().replace(/\s+/g, "_")
  return joined === "" ? "-" : joined
}

/** A host's name changes with its network, its machine id doesn't; images of containers often have none. */
const machineId = (): string | undefined => {
  for (const path of ["/etc/machine-id", "/var/lib/dbus/machine-id"]) {
    try {
      const id = readFileSync(path, "latin1").trim()
      if (/^[0-9a-f]{32}$/.test(id)) return id
    } catch {
      // It is optional: the next one, or the host's name.
    }
  }
  return undefined
}

const command = (program: string, args: ReadonlyArray<string>): string | undefined => {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
  return status === 0 && stdout.trim() !== "" ? stdout : undefined
}
