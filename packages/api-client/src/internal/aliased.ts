/** A request that does the same several times, and where in its answer each of them is. */
export interface Aliased {
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly paths: ReadonlyArray<ReadonlyArray<string>>
}

/** One mutation once for each of several inputs, under an alias. Its document depends on their number only. */
export const aliased =
  <Field extends string>(options: {
    /** The document's. */
    readonly name: string
    readonly mutation: string
    readonly alias: string
    /** The fields of an input, with their GraphQL types. */
    readonly fields: ReadonlyArray<readonly [name: Field, type: string]>
    /** Fields that are the same in every input: name, type and value. */
    readonly shared?: ReadonlyArray<readonly [name: string, type: string, value: string]>
    /** What is asked of the answer. */
    readonly selection: string
  }) =>
  (inputs: ReadonlyArray<Readonly<Record<Field, unknown>>>): Aliased => {
    const { alias, fields, mutation, name, selection, shared = [] } = options
    const variables: Record<string, unknown> = Object.fromEntries(shared.map(([name, , value]) => [name, value]))
    const declared = shared.map(([name, type]) => `$${name}: ${type}`)
    const parts = inputs.map((input, n) => {
      const own = fields.map(([field, type]) => {
        variables[`${field}${n}`] = input[field]
        declared.push(`$${field}${n}: ${type}`)
        return `${field}: $${field}${n}`
      })
      const given = [...own, ...shared.map(([name]) => `${name}: $${name}`)].join(", ")
      return `  ${alias}${n}: ${mutation}(input: {${given}}) { ${selection} }`
    })
    return {
      document: `mutation ${name}(${declared.join(", ")}) {\n${parts.join("\n")}\n}`,
      variables,
      paths: inputs.map((_, n) => [`${alias}${n}`])
    }
  }
