// A client that asks what W&B's own scheduler asks, in its order: first its own run and the sweep, then each run and its
// queue item, then a heartbeat and a push for each idle worker, one request after another. It doesn't sleep.
import { asker } from "./world.mjs"

const documents = {
  createAgent:
    "mutation CreateAgent($host: String!, $projectName: String, $entityName: String, $sweep: String!) { createAgent(input: {host: $host, projectName: $projectName, entityName: $entityName, sweep: $sweep}) { agent { id } } }",
  heartbeat:
    "mutation Heartbeat($id: ID!, $metrics: JSONString, $runState: JSONString) { agentHeartbeat(input: {id: $id, metrics: $metrics, runState: $runState}) { agent { id } commands } }",
  push: "mutation pushToRunQueueByName($entityName: String!, $projectName: String!, $queueName: String!, $runSpec: JSONString!, $priority: Int) { pushToRunQueueByName(input: {entityName: $entityName, projectName: $projectName, queueName: $queueName, runSpec: $runSpec, priority: $priority}) { runQueueItemId runSpec } }",
  runState:
    "query RunState($project: String!, $entity: String!, $name: String!) { project(name: $project, entityName: $entity) { run(name: $name) { state } } }",
  item: "query GetRunQueueItem($projectName: String!, $entityName: String!, $runQueue: String!, $itemId: ID!) { project(name: $projectName, entityName: $entityName) { runQueue(name: $runQueue) { runQueueItem(id: $itemId) { id state associatedRunId } } } }",
  sweepState:
    "query GetSweepState($entity: String, $project: String, $sweep: String!) { project(name: $project, entityName: $entity) { sweep(sweepName: $sweep) { state } } }"
}

export const launchLikeTheReference = async ({ entity, key, project, queue, runs, sweep, url, workers }) => {
  let requests = 0
  const send = asker({ key, url })
  const ask = (document, variables) => {
    requests += 1
    return send(document, variables)
  }
  const launched = []
  const live = new Map()
  const agents = await Promise.all(
    Array.from({ length: workers }, async (_, n) => {
      const variables = { host: `here-${n}`, projectName: project, entityName: entity, sweep }
      return (await ask(documents.createAgent, variables)).createAgent.agent.id
    })
  )
  while (launched.length < runs) {
    await ask(documents.runState, { project, entity, name: sweep })
    await ask(documents.sweepState, { project, entity, sweep })
    const ended = []
    for (const [run, { item }] of live) {
      const { project: seen } = await ask(documents.runState, { project, entity, name: run })
      await ask(documents.item, { projectName: "model-registry", entityName: entity, runQueue: queue, itemId: item })
      if (seen.run.state === "finished") ended.push(run)
    }
    for (const run of ended) live.delete(run)
    const busy = new Set(Array.from(live.values(), ({ worker }) => worker))
    for (const [worker, id] of agents.entries()) {
      if (busy.has(worker) || launched.length >= runs) continue
      const { agentHeartbeat } = await ask(documents.heartbeat, { id, metrics: "{}", runState: "{}" })
      const [command] = JSON.parse(agentHeartbeat.commands)
      if (command?.type !== "run") break
      const run = command.run_id
      const config = Object.fromEntries(Object.entries(command.args).map(([name, { value }]) => [name, value]))
      const spec = {
        overrides: { run_config: config },
        entity,
        project,
        docker: { docker_image: "train:7" },
        sweep_id: sweep,
        resource: null,
        git: {},
        run_id: run
      }
      const { pushToRunQueueByName } = await ask(documents.push, {
        entityName: entity,
        projectName: "model-registry",
        queueName: queue,
        runSpec: JSON.stringify(spec),
        priority: 2
      })
      launched.push(run)
      live.set(run, { worker, item: pushToRunQueueByName.runQueueItemId })
    }
  }
  return { launched, requests }
}
