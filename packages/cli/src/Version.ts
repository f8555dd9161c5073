declare const SWEEPLINE_VERSION: string | undefined

/** The version of this program; the bundler writes it in. */
export const version: string = typeof SWEEPLINE_VERSION === "string" ? SWEEPLINE_VERSION : "0.0.0"
