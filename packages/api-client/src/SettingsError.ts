import * as Data from "effect/Data"

/**
 * Settings or credentials that can't be used: one sentence that says what is wrong and how to mend it.
 * It never holds a key, a token or a header's value.
 */
export class SettingsError extends Data.TaggedError("SettingsError")<{
  readonly reason:
    | "BadUrl"
    | "BadTimeout"
    | "BadHeaders"
    | "BadProxy"
    | "NoApiKey"
    | "BadApiKey"
    | "TwoCredentials"
    | "NoEntity"
    | "NoProject"
    | "BadLaunchConfig"
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}
