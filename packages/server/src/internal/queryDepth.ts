/** How deep a query nests. */
import { type DocumentNode, Kind, type SelectionSetNode } from "graphql"

/** The levels of fields below one another, fragments included; counting ends beyond `limit`, also in a circle. */
export const depthOf = (document: DocumentNode, limit: number): number => {
  const fragments = new Map<string, SelectionSetNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet)
  }
  /** How far a fragment was looked into, from which depth: not again from there or less. */
  const seen = new Map<string, number>()
  let deepest = 0

  const visit = (selections: SelectionSetNode, depth: number): void => {
    deepest = Math.max(deepest, depth)
    if (deepest > limit) return
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) {
        if (selection.selectionSet !== undefined) visit(selection.selectionSet, depth + 1)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visit(selection.selectionSet, depth)
      } else {
        const name = selection.name.value
        const fragment = fragments.get(name)
        if (fragment === undefined || (seen.get(name) ?? -1) >= depth) continue
        seen.set(name, depth)
        visit(fragment, depth)
      }
      if (deepest > limit) return
    }
  }

  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) visit(definition.selectionSet, 1)
  }
  return deepest
}
