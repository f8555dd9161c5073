import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"

/** A mounted filesystem: where, and of which kind, for example `ext4` or `fuse.sshfs`. */
export interface Mount {
  readonly point: string
  readonly kind: string
}

/**
 * Kinds whose locks or shared memory can't be trusted between the machines that mount them. Everything
 * else is accepted, above all what containers use: overlay, tmpfs, 9p, virtiofs, fuse-overlayfs.
 */
const networkKinds: ReadonlySet<string> = new Set([
  "nfs",
  "nfs3",
  "nfs4",
  "cifs",
  "smb3",
  "smbfs",
  "ncpfs",
  "afs",
  "afpfs",
  "webdav",
  "ceph",
  "lustre",
  "gpfs",
  "beegfs",
  "orangefs",
  "fuse.sshfs",
  "sshfs",
  "fuse.smbnetfs",
  "fuse.curlftpfs",
  "fuse.davfs",
  "fuse.davfs2",
  "fuse.s3fs",
  "fuse.goofys",
  "fuse.gcsfuse",
  "fuse.rclone",
  "fuse.glusterfs",
  "fuse.ceph",
  "fuse.ceph-fuse",
  "fuse.moosefs",
  "fuse.mfs",
  "fuse.juicefs",
  "fuse.beegfs",
  "fuse.afp",
  "macfuse.sshfs"
])

/** Whether a kind of filesystem lives on other machines. */
export const isNetworkKind = (kind: string): boolean => networkKinds.has(kind.toLowerCase())

/** The kind of the filesystem that holds an absolute, resolved path: of the deepest mount above it, the last one mounted. */
export const kindOf = (mounts: ReadonlyArray<Mount>, path: string): string | undefined => {
  let found: Mount | undefined
  for (const mount of mounts) {
    const below = mount.point === "/" || path === mount.point || path.startsWith(`${mount.point}/`)
    if (below && (found === undefined || mount.point.length >= found.point.length)) found = mount
  }
  return found?.kind
}

/** Reads Linux's `/proc/self/mountinfo`. */
export const parseMountInfo = (text: string): ReadonlyArray<Mount> =>
  text.split("\n").flatMap((line) => {
    const separator = line.indexOf(" - ")
    const point = line.split(" ", 5)[4]
    const kind = separator < 0 ? undefined : line.slice(separator + 3).split(" ", 1)[0]
    return point === undefined || kind === undefined ? [] : [{ point: unescaped(point), kind }]
  })

/** Reads what `mount` prints on macOS: `//user@host/share on /Volumes/share (smbfs, nodev)`. */
export const parseMountTable = (text: string): ReadonlyArray<Mount> =>
  text.split("\n").flatMap((line) => {
    const match = /^.* on (.+) \(([^,)]+)/.exec(line)
    const [, point, kind] = match ?? []
    return point === undefined || kind === undefined ? [] : [{ point, kind }]
  })

/** The mounts of this machine; none where it can't tell, for what can't be told isn't refused. */
export const readMounts = (): ReadonlyArray<Mount> => {
  try {
    if (process.platform === "linux") return parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8"))
    if (process.platform === "darwin") return parseMountTable(execFileSync("/sbin/mount", { encoding: "utf8" }))
  } catch {
    return []
  }
  return []
}

// internal

/** The kernel writes space, tab, newline and backslash as octal. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
