// What W&B's own programs make of the values of a command line.

/** A value without the one pair of quotes that Python's `repr` put around it (RD21). */
export const unquote = (value: string): string => {
  const [, , inner] = /^(['"])(.*)\1$/s.exec(value) ?? []
  return inner ?? value
}
