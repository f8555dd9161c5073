/**
 * The text that Python's `repr` gives a finite float (B80): the shortest digits that read
 * back as the same number, positional for decimal exponents from -4 up to 15, else with an
 * exponent of at least two digits. JavaScript finds the same digits but places them otherwise.
 */
export const floatText = (value: number): string => {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0"
  const [mantissa = "", exponentText = "0"] = Math.abs(value).toExponential().split("e")
  const sign = value < 0 ? "-" : ""
  const digits = mantissa.replace(".", "")
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const magnitude = String(Math.abs(exponent)).padStart(2, "0")
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${magnitude}`
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0")
  const fraction = digits.slice(exponent + 1)
  return `${sign}${whole}.${fraction === "" ? "0" : fraction}`
}
