/** The project of an entity that has its launch queues, where nobody names another (B4). */
export const modelRegistry = "model-registry"
