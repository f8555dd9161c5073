import { JobStatus } from "@sweepline/core/Executor"
import { ExecutorError } from "@sweepline/core/ExecutorError"
import type { RunKey } from "@sweepline/core/RunKey"
import * as Claim from "./Claim.js"
import * as ExitCode from "./ExitCode.js"
import * as FileFailure from "./FileFailure.js"
import * as Liveness from "./Liveness.js"
import * as MachineIdentity from "./MachineIdentity.js"
import * as ProcessGroup from "./ProcessGroup.js"
import type { ProcessStat } from "./ProcessStat.js"
import type { ProcessTable } from "./ProcessTable.js"
import * as RunFolder from "./RunFolder.js"
import * as Wrapper from "./Wrapper.js"

/** A claimed job to look at. */
export interface Subject {
  readonly key: RunKey
  readonly folder: RunFolder.RunFolder
  readonly claim: Claim.Claim
}

/** Throws an `ExecutorError` with reason `Foreign` for a job without an exit code that another namespace or machine has. */
export const refuseForeign = (table: ProcessTable["Type"], subject: Subject): void => {
  if (Claim.isGivenUp(subject.claim) || MachineIdentity.place(subject.claim, table.here) !== "elsewhere") return
  if (ExitCode.read(RunFolder.exitCode(subject.folder)) === undefined) throw foreign(subject)
}

/** What a look at jobs has shown. */
export interface Seen {
  readonly statuses: ReadonlyMap<RunKey, JobStatus>
  /** The errors, with reason `Foreign`, of jobs that another namespace or machine has; they have no status. */
  readonly foreign: ReadonlyArray<ExecutorError>
}

/**
 * What became of each job: its exit code, then whether it lives, then the exit code
 * again, which it may have written in between. What a job left behind that went away without a code is
 * killed. Throws Node's error.
 */
export const look = (
  table: ProcessTable["Type"],
  subjects: ReadonlyArray<Subject>,
  wasAsked: (key: RunKey, folder: RunFolder.RunFolder) => boolean
): Seen => {
  const found = new Map<RunKey, JobStatus>()
  const here: Array<Subject> = []
  const elsewhere: Array<ExecutorError> = []
  for (const subject of subjects) {
    const before = ended(subject, wasAsked)
    if (before !== undefined) {
      found.set(subject.key, before)
      continue
    }
    if (Claim.isGivenUp(subject.claim)) {
      found.set(subject.key, Liveness.givenUp)
      continue
    }
    const place = MachineIdentity.place(subject.claim, table.here)
    if (place === "here") here.push(subject)
    else if (place === "rebooted") found.set(subject.key, Liveness.rebooted)
    else if (RunFolder.isDisclaimed(subject.folder)) found.set(subject.key, Liveness.disclaimed)
    else elsewhere.push(foreign(subject))
  }
  const seen: ReadonlyMap<number, ProcessStat> =
    here.length === 0 ? new Map() : table.look(here.map((subject) => subject.claim.listed))
  for (const subject of here) {
    const alive = Liveness.isAlive(subject.claim, seen.get(subject.claim.listed))
    found.set(
      subject.key,
      alive ? living(table, subject) : (ended(subject, wasAsked) ?? gone(table, subject, wasAsked))
    )
  }
  return { statuses: found, foreign: elsewhere }
}

// internal

const ended = ({ folder, key }: Subject, wasAsked: WasAsked): JobStatus | undefined => {
  const file = RunFolder.exitCode(folder)
  const code = ExitCode.read(file)
  return code === undefined ? undefined : Liveness.ended(code, () => wasAsked(key, folder), ExitCode.writtenAt(file))
}

/** A claim may have been copied with its folder while the job ran: then the job isn't ours to watch or to stop. */
const living = (table: ProcessTable["Type"], { claim, folder }: Subject): JobStatus => {
  const attempt = Wrapper.folderOf(table.commandLine(claim.listed)) ?? folder.attempt
  return attempt === folder.attempt || !RunFolder.isCopy(folder, { ...folder, attempt })
    ? JobStatus.Running()
    : Liveness.copied(attempt)
}

const gone = (table: ProcessTable["Type"], { claim, folder, key }: Subject, wasAsked: WasAsked): JobStatus => {
  ProcessGroup.killRest(table, claim, { runFolder: folder.run, fresh: false })
  return Liveness.gone(wasAsked(key, folder), FileFailure.diskIsFull(folder.attempt))
}

type WasAsked = (key: RunKey, folder: RunFolder.RunFolder) => boolean

const foreign = ({ claim, folder, key }: Subject): ExecutorError =>
  new ExecutorError({
    reason: "Foreign",
    subject: key,
    detail:
      `it was started on another machine or in another container (${claim.host}, pid ${claim.pid}), so it can't be told ` +
      `whether it runs. Resume the sweep there; or, if it is surely gone, delete ${RunFolder.claim(folder)}`
  })
