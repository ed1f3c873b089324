// A program that uses Langfuse's JavaScript SDK of generation 5, as people write them. It is told where to report by the
// SDK's variables alone. What it learned it writes as one line of JSON on standard output; what the SDK has to
// complain of it logs, on either stream.

import { LangfuseClient } from "@langfuse/client";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, startActiveObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const processor = new LangfuseSpanProcessor();
const provider = new NodeTracerProvider({ spanProcessors: [processor] });
provider.register();
const langfuse = new LangfuseClient();
const ONCE = { maxRetries: 0 };

// Trace nested observations with user, session, tags and metadata, and score them by every call there is.
async function trace() {
  const attributes = {
    userId: "u1",
    sessionId: "s1",
    tags: ["a", "b"],
    metadata: { tm: "1" },
    traceName: "my-trace",
  };
  return startActiveObservation("root", async (root) => {
    root.update({ input: { q: "?" } });
    const generation = await propagateAttributes(attributes, () =>
      startActiveObservation(
        "llm",
        async (inner) => {
          inner.update({ model: "gpt-4o", output: "hello", usageDetails: { input: 3, output: 4 } });
          const measured = { name: "span-number", value: 0.9, comment: "fine", metadata: { n: 1, t: "1" } };
          langfuse.score.activeObservation(measured);
          langfuse.score.activeTrace({ name: "trace-category", value: "good", dataType: "CATEGORICAL" });
          langfuse.score.observation(inner, { name: "generation-boolean", value: 1, dataType: "BOOLEAN" });
          langfuse.score.trace(inner, { name: "trace-number", value: 2 });
          return inner;
        },
        { asType: "generation" },
      ),
    );
    root.update({ output: "done" });
    return { trace: root.traceId, root: root.id, generation: generation.id };
  });
}

// Score by id: with a config, a session, a run; one twice; a bad one among good ones; and as an object.
async function score(traceId, configId) {
  const { score: scores, api } = langfuse;
  scores.create({ id: "own-1", traceId, name: "ignored", value: 3, configId });
  scores.create({ id: "own-2", sessionId: "s1", name: "mood", value: "calm" });
  scores.create({ id: "own-3", datasetRunId: "run-1", name: "remark", value: "so so", dataType: "TEXT" });
  scores.create({ id: "own-4", traceId, name: "output", value: "better", dataType: "CORRECTION" });
  await scores.flush();
  scores.create({ id: "own-1", traceId, name: "ignored", value: 4, configId });
  scores.create({ id: "bad-1", traceId, name: "too-high", value: 99, configId });
  scores.create({ id: "good-1", traceId, name: "neighbour", value: 0.25 });
  await scores.flush();
  const object = await api.scores.create({ id: "good-3", traceId, name: "object", value: "v" });
  const array = await api.scores.create([
    { id: "bad-3", traceId, name: "empty" },
    { id: "good-2", traceId, name: "neighbour", value: 0.75 },
  ]);
  const refused = await told(() => api.scores.create({ id: "bad-2", traceId, name: "too-high", value: 99, configId }));
  return { object: object.id, array, refused };
}

// What a call that is refused says.
async function told(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { status: error.statusCode, body: error.body };
  }
}

// Read back with the client's own calls.
async function read(traced) {
  const { api } = langfuse;
  const pages = [];
  for (const page of [1, 2, 3]) {
    pages.push(await api.scores.getMany({ limit: 4, page }));
  }
  const v3 = [];
  let cursor;
  do {
    const page = await api.scoresV3.getManyV3({ limit: 3, cursor, fields: "core,subject,details" });
    v3.push(...page.data);
    cursor = page.meta.cursor ?? undefined;
  } while (cursor);
  return {
    pages: pages.map((page) => page.data),
    meta: pages[0].meta,
    v3,
    byId: await api.scores.getById("own-2"),
    bounded: (await api.scores.getMany({ name: "neighbour", value: 0.5, operator: ">=" })).data.map(({ id }) => id),
    trace: await api.trace.get(traced.trace),
    traces: (await api.trace.list({ tags: ["a", "b"] })).data,
    session: await api.sessions.get("s1"),
    observations: (await api.observations.getMany({ traceId: traced.trace, fields: "basic,io" })).data,
    health: await api.health.health(),
  };
}

// Read, change and archive the config; delete a score, and one that is not there.
async function manage(configId) {
  const { scoreConfigs, scores, legacy } = langfuse.api;
  const there = async () => (await scores.getMany({ scoreIds: "good-3" })).data.map(({ id }) => id);
  const managed = {
    read: await scoreConfigs.getById(configId),
    listed: (await scoreConfigs.get({ limit: 10 })).data.map(({ id }) => id),
    changed: await scoreConfigs.update(configId, { description: "one to five", isArchived: true }),
    before: await there(),
  };
  await legacy.scoreV1.delete("good-3");
  await legacy.scoreV1.delete("good-3");
  return { ...managed, after: await there() };
}

const projects = await langfuse.api.projects.get();
const wanted = { name: "rating", dataType: "NUMERIC", minValue: 0, maxValue: 5, description: "stars" };
const config = (await langfuse.api.scoreConfigs.create(wanted)).id;
const traced = await trace();
await processor.forceFlush();
const scored = await score(traced.trace, config);
const learned = { projects: projects.data, config, traced, scored, read: await read(traced), managed: await manage(config) };
learned.unsupported = {
  metrics: await told(() => langfuse.api.metrics.metrics({ query: "{}" }, ONCE)),
  queues: await told(() => langfuse.api.annotationQueues.listQueues({}, ONCE)),
  dataset: await told(() => langfuse.api.datasets.get("d", ONCE)),
};
await langfuse.shutdown();
await provider.shutdown();
console.log(JSON.stringify(learned));
