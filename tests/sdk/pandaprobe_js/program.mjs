// A program that uses PandaProbe's JavaScript SDK as people write it. It is told where to report by the SDK's three
// variables alone. What it learned it writes as one line of JSON on standard output; what the SDK has to complain of
// it logs on standard error, under the name of the scenario.

import { ScoreDataType, SpanKind, getClient, init, withSpan, withTrace } from "pandaprobe";

const USER = { messages: [{ role: "user", content: "hello" }] };
const ASSISTANT = { messages: [{ role: "assistant", content: "world" }] };

// Trace nested spans, and score the trace at once, with every data type.
async function tracedAndScored() {
  let id;
  const options = { input: USER, sessionId: "chat-js", userId: "ada", tags: ["a", "b"], metadata: { team: "x" } };
  await withTrace("agent", options, async (trace) => {
    id = trace.traceId;
    await withSpan("plan", { kind: SpanKind.CHAIN }, async () =>
      withSpan("model", { kind: SpanKind.LLM, model: "gpt-x" }, async (span) => {
        span.setInput(USER);
        span.setOutput(ASSISTANT);
        span.setTokenUsage({ promptTokens: 10, completionTokens: 5 });
        span.setCost({ total: 0.25 });
      }),
    );
    trace.setOutput(ASSISTANT);
  });
  const client = getClient();
  client.score(id, "accuracy", "0.92", { reason: "close", metadata: { judge: { v: 1 } } });
  client.score(id, "thumbs_up", "true", { dataType: ScoreDataType.BOOLEAN });
  client.score(id, "verdict", "PASS", { dataType: ScoreDataType.CATEGORICAL });
  await client.flush();
  return { trace: id };
}

// Send a number where a text belongs: the SDK does not check it, the server does.
async function refused(trace) {
  const client = getClient();
  client.score(trace, "wrong", 0.5);
  client.score(trace, "after", "1");
  await client.flush();
  return {};
}

// Lose the first answer to a score, as a bad network does; the SDK sends the request again.
async function answeredLate(trace) {
  const real = globalThis.fetch;
  const ids = [];
  globalThis.fetch = async (url, options) => {
    const answer = await real(url, options);
    ids.push(new Headers(options.headers).get("x-request-id"));
    if (ids.length === 1) throw new TypeError("the answer was lost");
    return answer;
  };
  const client = getClient();
  client.score(trace, "lost", "0.5");
  await client.flush();
  globalThis.fetch = real;
  return { attempts: ids.length, ids: new Set(ids).size };
}

// Name a project that does not exist yet.
async function inAnotherProject() {
  const client = init({ projectName: "made by javascript" });
  let id;
  await client.trace("inner", { input: USER }).run((trace) => {
    id = trace.traceId;
  });
  client.score(id, "accuracy", "1");
  await client.flush();
  return { trace: id };
}

async function main() {
  const learned = { tracedAndScored: await tracedAndScored() };
  const trace = learned.tracedAndScored.trace;
  const later = {
    refused: () => refused(trace),
    answeredLate: () => answeredLate(trace),
    inAnotherProject: () => inAnotherProject(),
  };
  for (const [name, scenario] of Object.entries(later)) {
    process.stderr.write(`${name}\n`);
    learned[name] = await scenario();
  }
  await getClient().shutdown();
  process.stdout.write(`${JSON.stringify(learned)}\n`);
}

await main();
