/** Many reads in one request: what `RunState`, `GetSweepState` and `GetRunQueueItem` ask, each under an alias. */

/** Which run. */
export interface RunPath {
  readonly entity: string
  readonly project: string
  readonly run: string
}

/** Which sweep. */
export interface SweepPath {
  readonly entity: string
  readonly project: string
  readonly sweep: string
}

/** Which queue. */
export interface QueuePath {
  readonly entity: string
  readonly project: string
  readonly queue: string
}

/** Which item of which queue. */
export interface ItemPath extends QueuePath {
  readonly item: string
}

/** What one request reads; of `listings` all items. */
export interface Parts {
  readonly runs: ReadonlyArray<RunPath>
  readonly sweeps: ReadonlyArray<SweepPath>
  readonly items: ReadonlyArray<ItemPath>
  readonly listings: ReadonlyArray<QueuePath>
}

/** Where in an answer something is. */
export type AnswerPath = ReadonlyArray<string>

/** The request, and where in its answer each of the parts is. */
export interface ReadBatch {
  readonly document: string
  readonly variables: Readonly<Record<string, string>>
  readonly runs: ReadonlyArray<AnswerPath>
  readonly sweeps: ReadonlyArray<AnswerPath>
  readonly items: ReadonlyArray<AnswerPath>
  readonly listings: ReadonlyArray<AnswerPath>
}

/** The request for some parts. Names travel as variables, so that the document depends on their number only. */
export const make = (parts: Parts): ReadBatch => {
  const builder = new Builder()
  const runs = parts.runs.map((path) =>
    builder.within(builder.project(path), "r", (name) => `run(name: $${name}) { state }`, "String!", path.run)
  )
  const sweeps = parts.sweeps.map((path) =>
    builder.within(builder.project(path), "s", (name) => `sweep(sweepName: $${name}) { state }`, "String!", path.sweep)
  )
  const items = parts.items.map((path) =>
    builder.within(
      builder.queue(path),
      "i",
      (name) => `runQueueItem(id: $${name}) { id state associatedRunId }`,
      "ID!",
      path.item
    )
  )
  const listings = parts.listings.map((path) => {
    const queue = builder.queue(path)
    queue.lines.add("runQueueItems { edges { node { id state associatedRunId } } }")
    return [...queue.path, "runQueueItems"]
  })
  return { ...builder.finish(), runs, sweeps, items, listings }
}

// internal

/** An object of the answer, with what is asked of it. */
interface Node {
  readonly head: string
  readonly path: AnswerPath
  readonly lines: Set<string>
  readonly children: Map<string, Node>
}

class Builder {
  private readonly variables: Record<string, string> = {}
  private readonly declared: Array<string> = []
  private readonly projects = new Map<string, Node>()
  private count = 0

  project({ entity, project }: { readonly entity: string; readonly project: string }): Node {
    const key = JSON.stringify([entity, project])
    const known = this.projects.get(key)
    if (known !== undefined) return known
    const alias = `p${this.projects.size}`
    const name = this.variable(`${alias}Name`, "String!", project)
    const owner = this.variable(`${alias}Entity`, "String!", entity)
    const node = nodeAt([alias], `${alias}: project(name: $${name}, entityName: $${owner})`)
    this.projects.set(key, node)
    return node
  }

  queue(path: QueuePath): Node {
    const project = this.project(path)
    const known = project.children.get(path.queue)
    if (known !== undefined) return known
    const alias = `q${this.count++}`
    const name = this.variable(alias, "String!", path.queue)
    const node = nodeAt([...project.path, alias], `${alias}: runQueue(name: $${name})`)
    project.children.set(path.queue, node)
    return node
  }

  within(node: Node, prefix: string, part: (name: string) => string, type: string, value: string): AnswerPath {
    const alias = `${prefix}${this.count++}`
    node.lines.add(`${alias}: ${part(this.variable(alias, type, value))}`)
    return [...node.path, alias]
  }

  finish(): Pick<ReadBatch, "document" | "variables"> {
    const text = Array.from(this.projects.values(), (node) => printed(node, "  ")).join("\n")
    return { document: `query Reads(${this.declared.join(", ")}) {\n${text}\n}`, variables: this.variables }
  }

  private variable(name: string, type: string, value: string): string {
    this.variables[name] = value
    this.declared.push(`$${name}: ${type}`)
    return name
  }
}

const nodeAt = (path: AnswerPath, head: string): Node => ({ path, head, lines: new Set(), children: new Map() })

const printed = ({ children, head, lines }: Node, indent: string): string =>
  [
    `${indent}${head} {`,
    ...Array.from(lines, (line) => `${indent}  ${line}`),
    ...Array.from(children.values(), (child) => printed(child, `${indent}  `)),
    `${indent}}`
  ].join("\n")
