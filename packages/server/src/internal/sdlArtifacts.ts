/** Artifacts, of which jobs are a kind. */
export const artifacts = `
scalar ArtifactDigestAlgorithm
scalar ArtifactStorageLayout
enum ArtifactManifestType { FULL PATCH INCREMENTAL }

interface ArtifactCollection {
  id: ID!
  name: String!
  description: String
  createdAt: DateTime!
  updatedAt: DateTime
  tags: TagConnection!
  project: Project
  defaultArtifactType: ArtifactTypeName
  artifactMembership(aliasName: String!): ArtifactCollectionMembership
  aliases(after: String, first: Int): ArtifactAliasConnection
  artifacts(after: String, first: Int, order: String, filters: JSONString): VersionedArtifactConnection
}
type ArtifactSequence implements ArtifactCollection {
  id: ID!
  name: String!
  description: String
  createdAt: DateTime!
  updatedAt: DateTime
  tags: TagConnection!
  project: Project
  defaultArtifactType: ArtifactTypeName
  digestAlgorithm: ArtifactDigestAlgorithm
  latestArtifact: Artifact
  artifactMembership(aliasName: String!): ArtifactCollectionMembership
  aliases(after: String, first: Int): ArtifactAliasConnection
  artifacts(after: String, first: Int, order: String, filters: JSONString): VersionedArtifactConnection
}
type ArtifactPortfolio implements ArtifactCollection {
  id: ID!
  name: String!
  description: String
  createdAt: DateTime!
  updatedAt: DateTime
  tags: TagConnection!
  project: Project
  defaultArtifactType: ArtifactTypeName
  artifactMembership(aliasName: String!): ArtifactCollectionMembership
  aliases(after: String, first: Int): ArtifactAliasConnection
  artifacts(after: String, first: Int, order: String, filters: JSONString): VersionedArtifactConnection
}
type ArtifactType {
  id: ID!
  name: String!
  description: String
  createdAt: DateTime
  artifact(name: String!): Artifact
  artifactCollection(name: String!): ArtifactCollection
  artifactSequence(name: String!): ArtifactSequence
  artifactCollections(after: String, first: Int, filters: JSONString, order: String): ArtifactCollectionConnection
}
type ArtifactAliasConnection { edges: [ArtifactAliasEdge!]! pageInfo: PageInfo! }
type ArtifactAliasEdge { cursor: String node: ArtifactAlias }
type ArtifactTypeConnection { totalCount: Int edges: [ArtifactTypeEdge!]! pageInfo: PageInfo! }
type ArtifactTypeEdge { cursor: String node: ArtifactType }
type ArtifactCollectionConnection { totalCount: Int edges: [ArtifactCollectionEdge!]! pageInfo: PageInfo! }
type ArtifactCollectionEdge { cursor: String node: ArtifactCollection }
type VersionedArtifactConnection { totalCount: Int edges: [VersionedArtifactEdge!]! pageInfo: PageInfo! }
type VersionedArtifactEdge { cursor: String version: String node: Artifact }
type TagConnection { edges: [TagEdge!]! }
type TagEdge { node: Tag }
union ArtifactCreator = Run | User
type ArtifactTypeName { name: String! }
type ArtifactAlias { id: ID! alias: String! artifactCollection: ArtifactCollection }
type Tag { id: ID! name: String! }
type ArtifactCollectionMembership {
  id: ID!
  versionIndex: Int
  createdAt: DateTime!
  aliases: [ArtifactAlias!]!
  artifactCollection: ArtifactCollection
  artifact: Artifact
  files(names: [String!], after: String, first: Int): FileConnection
}
type Artifact {
  id: ID!
  artifactSequence: ArtifactSequence!
  artifactType: ArtifactTypeName!
  versionIndex: Int
  description: String
  metadata: JSONString
  ttlDurationSeconds: Int64!
  ttlIsInherited: Boolean!
  tags: [Tag!]!
  historyStep: Int64
  state: String!
  size: Int64!
  digest: String!
  digestAlgorithm: ArtifactDigestAlgorithm
  commitHash: String
  fileCount: Int64!
  createdAt: DateTime!
  updatedAt: DateTime
  aliases: [ArtifactAlias!]!
  currentManifest: ArtifactManifest
  files(names: [String!], after: String, first: Int): FileConnection
  createdBy: ArtifactCreator
  usedBy: RunConnection
}
type ArtifactConnection { totalCount: Int edges: [ArtifactEdge!]! pageInfo: PageInfo! }
type ArtifactEdge { cursor: String node: Artifact }
type ArtifactManifest { id: ID! file: ArtifactFile }
type ArtifactFile {
  id: ID!
  name: String
  displayName: String
  directUrl: String
  storagePath: String
  uploadUrl: String
  uploadHeaders: [String!]
  uploadMultipartUrls: UploadMultipartUrls
  artifact: ArtifactReference
}
type ArtifactReference { id: ID! }
type UploadMultipartUrls { uploadID: String uploadUrlParts: [UploadUrlPart!] }
type UploadUrlPart { partNumber: Int uploadUrl: String }

input ArtifactAliasInput { artifactCollectionName: String alias: String! }
input TagInput { tagCategoryName: String tagName: String! attributes: JSONString }
input CreateArtifactInput {
  entityName: String
  projectName: String
  runName: String
  artifactTypeName: String!
  artifactCollectionName: String
  artifactCollectionNames: [String!]
  aliases: [ArtifactAliasInput!]
  tags: [TagInput!]
  digest: String!
  digestAlgorithm: ArtifactDigestAlgorithm
  description: String
  labels: JSONString
  metadata: JSONString
  historyStep: Int64
  enableDigestDeduplication: Boolean
  distributedID: String
  clientID: ID
  sequenceClientID: ID
  ttlDurationSeconds: Int64
  storageRegion: String
  cloudRegionID: ID
  clientMutationId: String
}
type CreateArtifactPayload { artifact: Artifact }
type ArtifactPayload { artifact: Artifact }
input CreateArtifactManifestInput {
  artifactID: ID!
  baseArtifactID: ID
  name: String!
  digest: String!
  entityName: String
  projectName: String
  runName: String
  type: ArtifactManifestType
}
input UpdateArtifactManifestInput { artifactManifestID: ID! digest: String baseArtifactID: ID }
type ArtifactManifestPayload { artifactManifest: ArtifactManifest }
input UploadPartsInput { partNumber: Int64 hexMD5: String }
input CreateArtifactFileSpecInput {
  artifactID: ID!
  artifactManifestID: ID
  name: String!
  md5: String
  digest: String
  mimetype: String
  uploadPartsInput: [UploadPartsInput!]
}
input CreateArtifactFilesInput {
  artifactFiles: [CreateArtifactFileSpecInput!]!
  storageLayout: ArtifactStorageLayout
  storageRegion: String
  cloudRegionID: ID
  clientMutationId: String
}
type CreateArtifactFilesPayload { files: ArtifactFileConnection }
type ArtifactFileConnection { edges: [ArtifactFileEdge!]! }
type ArtifactFileEdge { node: ArtifactFile }
input CommitArtifactInput { artifactID: ID! clientMutationId: String }
input UseArtifactInput {
  artifactID: ID!
  entityName: String
  projectName: String
  runName: String
  usedAs: String
  artifactEntityName: String
  artifactProjectName: String
  clientMutationId: String
}
input ArtifactCollectionAliasInput { alias: String! artifactCollectionName: String! entityName: String projectName: String }
input AddAliasesInput { artifactID: ID! aliases: [ArtifactCollectionAliasInput!]! clientMutationId: String }
input DeleteAliasesInput { artifactID: ID! aliases: [ArtifactCollectionAliasInput!]! clientMutationId: String }
input CreateArtifactCollectionTagAssignmentsInput {
  entityName: String!
  projectName: String!
  artifactCollectionName: String!
  tags: [TagInput!]!
  clientMutationID: String
}
type CreateArtifactCollectionTagAssignmentsPayload { tags: [Tag!]! }
input DeleteArtifactCollectionTagAssignmentsInput {
  entityName: String!
  projectName: String!
  artifactCollectionName: String!
  tags: [TagInput!]!
  clientMutationID: String
}
input DeleteArtifactInput { artifactID: ID! deleteAliases: Boolean clientMutationId: String }
input UpdateArtifactSequenceInput { artifactSequenceID: ID! name: String description: String clientMutationId: String }
type UpdateArtifactSequencePayload { artifactCollection: ArtifactCollection }
input UpdateArtifactInput {
  artifactID: ID!
  description: String
  metadata: JSONString
  labels: JSONString
  aliases: [ArtifactAliasInput!]
  tagsToAdd: [TagInput!]
  tagsToDelete: [TagInput!]
  ttlDurationSeconds: Int64
  clientMutationId: String
}
`
