/** What a launch agent keeps in the queue item of a run that it launched: the engine's handle, and the slot. */

const pattern = /^slot:(\S+) ([^]*)$/

/** The text that is acknowledged: after a restart, a GPU that a run still uses is known to be taken. */
export const encode = (slot: string | undefined, data: string): string =>
  slot === undefined ? data : `slot:${slot} ${data}`

/** Reads it back; a text that isn't of this form is the engine's handle. */
export const decode = (text: string): { readonly slot: string | undefined; readonly data: string } => {
  const match = pattern.exec(text)
  return match === null ? { slot: undefined, data: text } : { slot: match[1], data: match[2] ?? "" }
}
