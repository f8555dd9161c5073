import { constants } from "node:os"
import type { PythonValue } from "@sweepline/core/PythonValue"
import { isDict, isList } from "@sweepline/core/PythonValue"

/** A measured float: four digits or so, always as many, so that a column of them can be compared. */
export const float = (value: number): string => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
  if (value === 0) return "0"
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-3) {
    const [digits = "", exponent = ""] = value.toExponential(3).split("e")
    return `${digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits}e${exponent.replace("+", "")}`
  }
  if (Number.isInteger(value)) return String(value)
  return size >= 1000 ? value.toFixed(1) : size >= 100 ? value.toFixed(2) : value.toFixed(size >= 0.1 ? 4 : 5)
}

/** A float that somebody may have written: the same without zeros at its end. */
const short = (value: number): string => {
  const text = float(value)
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text
}

/** A parameter or any other value as a table shows it. */
export const value = (self: PythonValue | undefined): string => {
  if (self === undefined) return ""
  if (self === null) return "null"
  if (typeof self === "number") return short(self)
  if (typeof self === "bigint" || typeof self === "boolean") return String(self)
  if (typeof self === "string") return self
  if (isList(self)) return `[${self.map(value).join(", ")}]`
  if (isDict(self)) return `{${[...self].map(([key, inner]) => `${key}: ${value(inner)}`).join(", ")}}`
  return ""
}

/** Milliseconds as a clock: `0:07`, `12:30`, `1:02:03`. */
export const clock = (millis: number): string => {
  const seconds = Math.max(0, Math.floor(millis / 1000))
  const two = (n: number) => String(n).padStart(2, "0")
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** Milliseconds of which a clock says too much: `38 d 19 h`; those of up to two days as a clock. */
export const span = (millis: number): string => {
  const hours = Math.floor(millis / 3_600_000)
  return hours < 48 ? clock(millis) : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** The signal that an exit code stands for in a shell. */
export const signalOf = (code: number): string | undefined =>
  Object.entries(constants.signals).find(([, signal]) => signal === code - 128)?.[0]

/** An exit code, with the signal that it stands for in a shell: `137 (SIGKILL)`. */
export const exitCode = (code: number): string => {
  const name = signalOf(code)
  return name === undefined ? String(code) : `${code} (${name})`
}

/** How long ago something was: `3 s ago`, `2 h ago`. */
export const ago = (millis: number): string => {
  const seconds = Math.max(0, Math.round(millis / 1000))
  if (seconds < 90) return `${seconds} s ago`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h ago`
  return `${Math.round(seconds / 86_400)} d ago`
}
