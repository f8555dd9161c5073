import type { ConfigScalar } from "./configNode.js"

/**
 * What an unquoted YAML scalar means. The rules are YAML 1.1's as PyYAML applies them, which
 * W&B reads sweep configs with (B11): `yes` and `off` are booleans, `010` is 8, `1_000` is
 * 1000, `12:30` is 750, and the int/float distinction is the text's. Two readings are
 * friendlier: `1e-4` is the float that was meant and no text, a date is text and no date.
 */
export const plainScalar = (text: string): ConfigScalar["value"] => {
  const word = words.get(text)
  if (word !== undefined) return word
  // All numbers begin so; most other texts don't.
  if (!/^[-+.0-9]/.test(text)) return text
  return integer(text) ?? float(text) ?? text
}

const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...["", "~", "null", "Null", "NULL"].map((text) => [text, null] as const),
  ...["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"].map((text) => [text, true] as const),
  ...["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"].map((text) => [text, false] as const)
])

const integer = (text: string): bigint | undefined => {
  const sign = text.startsWith("-") ? -1n : 1n
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "")
  if (/^[-+]?(0|[1-9][0-9_]*)$/.test(text)) return sign * BigInt(digits)
  if (/^[-+]?0x[0-9a-fA-F_]+$/.test(text) || /^[-+]?0b[01_]+$/.test(text)) {
    return digits.length > 2 ? sign * BigInt(digits) : undefined
  }
  if (/^[-+]?0[0-7_]+$/.test(text)) return sign * BigInt(digits === "0" ? 0 : `0o${digits.slice(1)}`)
  if (/^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+$/.test(text)) {
    return sign * digits.split(":").reduce((total, part) => total * 60n + BigInt(part), 0n)
  }
  return undefined
}

const float = (text: string): number | undefined => {
  const sign = text.startsWith("-") ? -1 : 1
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "")
  if (/^[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?$/.test(text) && /[.eE]/.test(text)) {
    return sign * Number(digits)
  }
  if (/^[-+]?\.(inf|Inf|INF)$/.test(text)) return sign * Number.POSITIVE_INFINITY
  if (/^\.(nan|NaN|NAN)$/.test(text)) return Number.NaN
  if (/^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*$/.test(text)) {
    return sign * digits.split(":").reduce((total, part) => total * 60 + Number(part), 0)
  }
  return undefined
}
