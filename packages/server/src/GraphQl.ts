/** Executes the operations that clients send, as `graphql` reads them. */
import type { CommError } from "@sweepline/core/CommError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { setMaxListeners } from "node:events"
import {
  buildSchema,
  type DocumentNode,
  execute,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLTypeResolver,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate
} from "graphql"
import * as Agents from "./Agents.js"
import { artifact } from "./Artifacts.js"
import * as ArtifactAliases from "./ArtifactAliases.js"
import * as ArtifactRemoval from "./ArtifactRemoval.js"
import * as ArtifactTags from "./ArtifactTags.js"
import * as ArtifactUploads from "./ArtifactUploads.js"
import { type Failure, Field, Lazy, Node, type Services, type Value } from "./GraphValue.js"
import { depthOf } from "./internal/queryDepth.js"
import * as LaunchAgents from "./LaunchAgents.js"
import * as ProjectQueries from "./ProjectQueries.js"
import * as ResourceConfig from "./ResourceConfig.js"
import * as RunAlerts from "./RunAlerts.js"
import * as RunFiles from "./RunFiles.js"
import * as RunQueues from "./RunQueues.js"
import { sdl } from "./Sdl.js"
import { ServerConfig } from "./ServerConfig.js"
import * as UpsertBucket from "./UpsertBucket.js"
import * as UpsertSweep from "./UpsertSweep.js"
import * as Viewer from "./Viewer.js"

/** A request: the name may be missing or empty, then the document has only one operation (B.1.1). */
export const Request = Schema.Struct({
  query: Schema.String,
  variables: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Unknown }), { nullable: true }),
  operationName: Schema.optionalWith(Schema.String, { nullable: true })
})
export type Request = typeof Request.Type

/** An answer, and the HTTP status that it goes with. */
export interface Answer {
  readonly status: number
  readonly result: ExecutionResult
}

/**
 * Answers requests. What is invalid is refused with status 200 and errors, as all that the schema doesn't know. Where
 * the one operation of a document fails as a whole, its error says the status (F.2); one of several only says so in
 * the answer's errors, beside what the others got.
 */
export const make = Effect.gen(function* () {
  const { maxDepth } = yield* ServerConfig
  const prepared = new Map<string, Prepared>()

  const prepare = (query: string): Prepared => {
    const known = prepared.get(query)
    if (known !== undefined) return known
    const made = check(query, maxDepth)
    if (prepared.size >= maxPrepared) prepared.clear()
    if (query.length <= maxPreparedLength) prepared.set(query, made)
    return made
  }

  return Effect.fnUntraced(function* ({ operationName, query, variables }: Request) {
    const { document, errors } = prepare(query)
    if (document === undefined) return { status: 200, result: { errors } } satisfies Answer
    const runtime = yield* Effect.runtime<Services>()
    const statuses = new Map<GraphQLError, number>()
    const result = yield* Effect.promise((signal) =>
      Promise.resolve(
        execute({
          schema,
          document,
          rootValue: root,
          contextValue: new Execution(runtime, signal),
          variableValues: variables,
          operationName: operationName === "" ? undefined : operationName,
          fieldResolver,
          typeResolver
        })
      )
    )
    for (const error of result.errors ?? []) {
      const status = error.originalError instanceof Refusal ? error.originalError.status : 200
      statuses.set(error, status)
    }
    return { status: statusOf(operationOf(document, operationName), statuses), result } satisfies Answer
  })
})

// internal

interface Prepared {
  readonly document: DocumentNode | undefined
  readonly errors: ReadonlyArray<GraphQLError>
}

/** Documents of clients are few and come again and again. */
const maxPrepared = 500
const maxPreparedLength = 100_000
/** 250 aliased reads have about ten thousand. */
const maxTokens = 200_000

const schema = buildSchema(sdl)

const root = new Node({
  ...Viewer.queries,
  ...ProjectQueries.queries,
  launchAgent: LaunchAgents.launchAgent,
  artifact,
  ...ProjectQueries.mutations,
  ...UpsertBucket.mutations,
  ...RunFiles.mutations,
  ...RunAlerts.mutations,
  ...UpsertSweep.mutations,
  ...Agents.mutations,
  ...RunQueues.mutations,
  ...ResourceConfig.mutations,
  ...LaunchAgents.mutations,
  ...ArtifactUploads.mutations,
  ...ArtifactAliases.mutations,
  ...ArtifactRemoval.mutations,
  ...ArtifactTags.mutations
})

const check = (query: string, maxDepth: number): Prepared => {
  const document = parsed(query, maxDepth)
  if (document instanceof GraphQLError) return { document: undefined, errors: [document] }
  // Before anything walks through it: a document of few words can stand for a deep one.
  if (depthOf(document, maxDepth) > maxDepth) return { document: undefined, errors: [tooDeep(maxDepth)] }
  const errors = validate(schema, document, undefined, { maxErrors: 20 })
  return errors.length > 0 ? { document: undefined, errors } : { document, errors }
}

const tooDeep = (maxDepth: number) => new GraphQLError(`The query nests deeper than ${maxDepth} levels.`)

const parsed = (query: string, maxDepth: number): DocumentNode | GraphQLError => {
  try {
    return parse(query, { maxTokens })
  } catch (error) {
    // What is no error of a document: its levels were more than the stack has room for.
    return error instanceof GraphQLError ? error : tooDeep(maxDepth)
  }
}

/** What resolvers are run with. */
class Execution {
  constructor(
    private readonly runtime: Runtime.Runtime<Services>,
    private readonly signal: AbortSignal
  ) {
    // One for each field that waits, and a document has many.
    setMaxListeners(0, signal)
  }

  /**
   * A failure becomes a value here: `graphql` takes an error that is returned as it takes one that is thrown. What needs
   * no waiting, which over memory and SQLite is almost everything, is answered without a promise.
   */
  readonly run = (effect: Effect.Effect<Value, Failure, Services>): unknown => {
    const fiber = Runtime.runFork(this.runtime, resolved(effect))
    const exit = fiber.unsafePoll()
    if (exit !== null) return valueOf(exit)
    const abort = () => fiber.unsafeInterruptAsFork(FiberId.none)
    if (this.signal.aborted) abort()
    else this.signal.addEventListener("abort", abort, { once: true })
    return new Promise((resolve) => {
      fiber.addObserver((exit) => {
        this.signal.removeEventListener("abort", abort)
        resolve(valueOf(exit))
      })
    })
  }
}

const resolved = (effect: Effect.Effect<Value, Failure, Services>): Effect.Effect<Value | Refusal, never, Services> =>
  Effect.catchAllCause(effect, (cause): Effect.Effect<Value | Refusal> => {
    const failure = Cause.failureOption(cause)
    if (failure._tag === "Some") return Effect.succeed(refusalOf(failure.value))
    if (Cause.isInterruptedOnly(cause)) return Effect.succeed(brokenOff)
    return Effect.as(
      Effect.logError("A request met a defect", cause),
      new Refusal(500, "the server met a defect; its log says more")
    )
  })

const valueOf = (exit: Exit.Exit<Value | Refusal>): Value | Refusal => (Exit.isSuccess(exit) ? exit.value : brokenOff)

/** What `graphql` knows a failure as. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string
  ) {
    super(message)
  }
}

const brokenOff = new Refusal(503, "the request was broken off")

const refusalOf = (failure: Failure): Refusal => {
  switch (failure._tag) {
    case "WireError":
      return new Refusal(failure.status, failure.detail)
    case "SweepNotFoundError":
      return new Refusal(404, failure.message)
    case "SchedulerError":
      return new Refusal(400, failure.message)
    case "CommError":
      return refusalOfStore(failure)
  }
}

/** The store's own refusals are the client's; what a repeated request may heal is a status that clients repeat. */
const refusalOfStore = ({ detail, message, retryable, status }: CommError): Refusal =>
  status === undefined ? new Refusal(retryable ? 503 : 500, message) : new Refusal(status, detail)

const fieldResolver: GraphQLFieldResolver<unknown, Execution> = (source, args, execution, { fieldName }) => {
  const value = source instanceof Node ? source.fields[fieldName] : undefined
  if (value instanceof Field) return execution.run(value.resolve(args))
  return value instanceof Lazy ? execution.run(value.effect) : value
}

const typeResolver: GraphQLTypeResolver<unknown, Execution> = (value) => {
  const name = value instanceof Node ? value.fields["__typename"] : undefined
  return typeof name === "string" ? name : undefined
}

const operationOf = (document: DocumentNode, name: string | undefined): OperationDefinitionNode | undefined => {
  const operations = document.definitions.filter((it) => it.kind === Kind.OPERATION_DEFINITION)
  return name === undefined || name === "" ? operations[0] : operations.find((it) => it.name?.value === name)
}

const statusOf = (
  operation: OperationDefinitionNode | undefined,
  errors: ReadonlyMap<GraphQLError, number>
): number => {
  for (const [error, status] of errors) {
    // A read that failed in the store is asked again whole; a mutation may have done a part of what it says.
    if (status >= 500 && operation?.operation !== "mutation") return status
    if (operation?.selectionSet.selections.length === 1 && error.path?.length === 1) return status
  }
  return 200
}
