import * as SchemaAST from "effect/SchemaAST"

/** Whether values of a schema are encoded as they are, into JSON: nothing in it is transformed or declared. */
const isPlain = (ast: SchemaAST.AST): boolean => {
  switch (ast._tag) {
    case "Literal":
      return typeof ast.literal !== "bigint"
    case "StringKeyword":
    case "NumberKeyword":
    case "BooleanKeyword":
    case "UndefinedKeyword":
      return true
    case "Refinement":
      return isPlain(ast.from)
    case "Union":
      return ast.types.every(isPlain)
    case "TupleType":
      return ast.elements.every(({ type }) => isPlain(type)) && ast.rest.every(({ type }) => isPlain(type))
    case "TypeLiteral":
      return ast.indexSignatures.length === 0 && ast.propertySignatures.every(({ type }) => isPlain(type))
    default:
      return false
  }
}

/** The tags of those members of a union of tagged structs that are plain. */
export const plainTags = (ast: SchemaAST.AST): ReadonlySet<string> => {
  const tags = new Set<string>()
  for (const member of SchemaAST.isUnion(ast) ? ast.types : [ast]) {
    if (!SchemaAST.isTypeLiteral(member) || !isPlain(member)) continue
    const tag = member.propertySignatures.find(({ name }) => name === "_tag")?.type
    if (tag !== undefined && SchemaAST.isLiteral(tag)) tags.add(String(tag.literal))
  }
  return tags
}
