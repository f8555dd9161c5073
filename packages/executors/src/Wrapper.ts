/**
 * The shell text that runs one job: `sh -c TEXT ATTEMPT MIDDLE PROGRAM ARGUMENT…`, where
 * MIDDLE is what `Claim.middle` made. Every run pays for it, so on Linux it starts no
 * process but the job's own.
 *
 * - `set -C` makes the first `>` fail where the file is there: one wrapper creates it, the others end.
 * - A trap that does nothing, unlike an ignored signal, isn't inherited: the job gets its
 *   default, and the shell, which first awaits the job, writes the exit code of one that was signalled.
 * - The last line ends whatever else the job left in its process group, the shell itself included.
 */
export const text = (platform: NodeJS.Platform): string => wrapper(platform === "linux" ? linux : darwin)

/** The name that a wrapper without a shell goes by. */
export const name = (attempt: string): string => `sweepline ${attempt}`

/** The attempt's folder that a wrapper works in, as its command line tells; `undefined` of a process that is none. */
export const folderOf = (commandLine: ReadonlyArray<string>): string | undefined => {
  const [first = "", , , attempt] = commandLine
  return first.startsWith(name("")) ? first.slice(name("").length) : attempt
}

/** The shell that runs it. */
export const shell = "/bin/sh"

/** How a wrapper ends that doesn't run its job. */
export const exit = {
  /** The claim is another's. */
  claimed: 125,
  /** The claim could not be written, so it was taken away again. */
  notWritten: 124,
  /** The kernel didn't say when the wrapper started. */
  noStartTime: 123
} as const

// internal

/** What differs between platforms. */
interface Platform {
  /** Sets `p` and `s`: the pid that the process table lists, and the start time. */
  readonly identify: string
  /** Keeps hold of the attempt's folder, which may be moved as soon as somebody reads the claim. */
  readonly hold: string
  /** Lets go of it, for the job. */
  readonly free: string
  /** The attempt's folder, once the job has ended. */
  readonly home: string
}

const linux: Platform = {
  // Fields 1 and 22 of the line; the second, the shell's name in parentheses, is a single word.
  identify: `read -r p ${"x ".repeat(20)}s x </proc/self/stat`,
  hold: 'exec 9<"$0"',
  free: " 9<&-",
  home: "/proc/self/fd/9"
}

const darwin: Platform = {
  // Unquoted, the words of the date are joined by single spaces, as `ProcessStat.parseDarwin` does.
  identify: "p=$$; s=$(echo $(LC_ALL=C TZ=UTC ps -o lstart= -p $$))",
  // It has no name for an open folder.
  hold: "",
  free: "",
  home: "$0"
}

const wrapper = ({ free, hold, home, identify }: Platform): string => `${identify}
[ "$s" ] || exit ${exit.noStartTime}
m="1 $$ $p $1 $s"; shift
${hold}
set -C; { true >"$0/claim"; } 2>/dev/null || exit ${exit.claimed}; set +C
echo "$m" >"$0/claim" || { rm -f "$0/claim"; exit ${exit.notWritten}; }
trap : TERM INT HUP
"$@"${free}
echo $? >"${home}/exit_code"
kill -9 0`
