// A memory with an endpoint for embeddings: over the wire, against a server of the test's own.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import { createEmbedder } from "../../../src/memory/embeddings/embedder.ts";
import { withEmbeddings } from "../../../src/memory/embeddings/with-embeddings.ts";
import type { MemoryStore } from "../../../src/memory/memory-store.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import { test as fixtureTest } from "../../support/fixture.ts";
import { until } from "../../support/lab.ts";
import { toDraft } from "../contract.ts";

interface Asked {
  readonly model?: string;
  readonly input: readonly string[];
}
type Answer = (asked: Asked, response: ServerResponse) => void;

/** Texts about birds point one way, texts about boats another, all others a third. */
const toVector = (text: string): number[] =>
  /tern|gull|seabird/i.test(text) ? [1, 0.1, 0.1] : /boat|vessel/i.test(text) ? [0.1, 1, 0.1] : [0.1, 0.1, 1];

const answerWell: Answer = ({ input }, response) => {
  const data = input.map((text, index) => ({ index, embedding: toVector(text) }));
  // The order is that of `index`.
  response.end(JSON.stringify({ data: data.toReversed() }));
};

const test = fixtureTest
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend("endpoint", async ({}, { onCleanup }) => {
    const endpoint = { answer: answerWell, asked: [] as Asked[], authorization: "", url: "" };
    const server = createServer(async (request: IncomingMessage, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const asked: Asked = JSON.parse(body);
      endpoint.asked.push(asked);
      endpoint.authorization = request.headers.authorization ?? "";
      endpoint.answer(asked, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/embeddings`;
    onCleanup(() => {
      server.closeAllConnections();
      server.close();
    });
    return endpoint;
  })
  .extend("memory", async ({ folder, endpoint }, { onCleanup }) => {
    const opened: MemoryStore[] = [];
    onCleanup(async () => void (await Promise.all(opened.map((store) => store.close()))));
    let count = 0;
    let time = 0;
    const plain = createSqliteMemory({ path: join(folder, "memory.db"), clock: () => 0, newId: () => `m-${count++}` });
    opened.push(plain);
    return {
      plain,
      /** Lets the pause after a failure go by. */
      wait: () => {
        time += 60_000;
      },
      open: (model = "m", questionMs = 60_000) => {
        const embed = createEmbedder({ url: endpoint.url, model, key: "sk-secret" });
        const redact = (text: string): string => text.replaceAll("hunter2", "[redacted]");
        const store = withEmbeddings(plain, { embed, model, redact, clock: () => time, questionMs });
        opened.push(store);
        return store;
      },
    };
  });

/** Words that a question about seabirds does not have. */
const TERN = toDraft("The tern dives from a height.");
const OTHERS = Array.from({ length: 12 }, (_, at) => toDraft(`Ledger ${at} is kept in the office.`));
const HERE = { filter: { areas: [TERN.area] }, limit: 3 };
const SEABIRDS = { ...HERE, queries: ["seabirds"] };

const isEmbedded = async ({ vectors }: MemoryStore, model = "m") =>
  (await vectors?.listWithout(model, {}, 100, []))?.length === 0;

async function fill(store: MemoryStore, plain: MemoryStore): Promise<void> {
  for (const draft of [TERN, ...OTHERS]) await store.store(draft);
  await until("every entry has a vector", () => isEmbedded(plain));
}

test("an entry is found by what it means; words alone do not find it", async ({ endpoint, memory }) => {
  const store = memory.open();
  await fill(store, memory.plain);
  expect((await memory.plain.search(SEABIRDS)).hits).toEqual([]);
  const { hits, warnings } = await store.search({ ...SEABIRDS, queries: ["seabirds", "hunter2"] });
  expect(hits[0]?.entry.text).toBe(TERN.text);
  expect(warnings).toEqual([]);
  expect(endpoint.authorization).toBe("Bearer sk-secret");
  expect(endpoint.asked.at(-1)).toEqual({ model: "m", input: ["seabirds", "[redacted]"] });
  // The filter holds for what vectors find, too.
  expect((await store.search({ ...SEABIRDS, filter: { ...HERE.filter, kind: "plan" } })).hits).toEqual([]);
});

test("secrets are taken out before a text is cut, also of an entry that was stored without a bridge", async ({
  endpoint,
  memory,
}) => {
  const toSecret = (most: number): string => `${"x".repeat(most - 5)} hunter2`;
  await memory.plain.store(toDraft(toSecret(6_000), { title: "", tags: [] }));
  await memory.plain.store(toDraft("hunter2 in the text", { title: "hunter2", tags: ["hunter2"] }));
  await memory.open().search({ ...SEABIRDS, queries: [toSecret(2_000)] });
  await until("every entry has a vector", () => isEmbedded(memory.plain));
  expect(endpoint.asked.flatMap(({ input }) => input.map(({ length }) => length)).toSorted()).toContain(6_000);
  expect(JSON.stringify(endpoint.asked)).not.toContain("hunt");
});

test("nothing of a project that no call touches is sent", async ({ endpoint, memory }) => {
  await memory.plain.store(toDraft("Elsewhere: secret.", { area: { scope: "project", project: "/elsewhere" } }));
  const store = memory.open();
  await store.store(TERN);
  await store.search(SEABIRDS);
  await until("its own entry has a vector", async () => {
    const without = await memory.plain.vectors?.listWithout("m", HERE.filter, 10, []);
    return without?.length === 0;
  });
  await store.close();
  expect(JSON.stringify(endpoint.asked)).not.toContain("Elsewhere");
});

const FAILURES: [string, Answer, RegExp][] = [
  ["says no", (_, response) => void response.writeHead(500).end("sk-secret"), /it answered with HTTP 500\)/],
  ["hangs up", (_, response) => void response.destroy(), /it cannot be reached \(/],
  ["says nothing", () => {}, /it did not answer in time/],
  [
    "leads elsewhere",
    (_, response) => void response.writeHead(307, { location: "http://127.0.0.1:9/" }).end(),
    /cannot be reached/,
  ],
  ["answers no JSON", (_, response) => void response.end("<html>"), /no list with a vector for each text/],
  ["answers too few", (_, response) => void response.end('{"data":[]}'), /no list with a vector for each text/],
  [
    "answers words",
    (_, response) => void response.end('{"data":[{"embedding":["x"]}]}'),
    /something other than vectors/,
  ],
  [
    "answers zeros",
    (_, response) => void response.end('{"data":[{"embedding":[0,0,0]}]}'),
    /something other than vectors/,
  ],
  ["answers too much", (_, response) => void response.end("x".repeat(9_000_000)), /its answer is too long/],
];

test.for(FAILURES)(
  "an endpoint that %s: words alone, and a warning",
  async ([name, answer, why], { endpoint, memory }) => {
    endpoint.answer = answer;
    const store = memory.open("m", name === "says nothing" ? 300 : 60_000);
    await memory.plain.store(TERN);
    const asked = { ...HERE, queries: ["tern height"] };
    const { hits, warnings } = await store.search(asked);
    expect(hits.map(({ entry }) => entry.text)).toEqual([TERN.text]);
    expect(warnings).toEqual([expect.stringMatching(why)]);
    expect(warnings[0]).not.toContain("secret");
    // It is left alone for a while.
    const { length } = endpoint.asked;
    expect((await store.search(asked)).warnings).toEqual(warnings);
    expect(endpoint.asked).toHaveLength(length);
  },
);

test("what was stored while the endpoint was down gets its vector later", async ({ endpoint, memory }) => {
  endpoint.answer = (_, response) => void response.writeHead(503).end();
  const store = memory.open();
  for (const draft of [TERN, ...OTHERS]) await store.store(draft);
  await until("it was asked", () => endpoint.asked.length > 0);
  endpoint.answer = answerWell;
  // The refusal may reach the bridge only after the first of these.
  await until("every entry has a vector", async () => {
    memory.wait();
    await store.search(SEABIRDS);
    return isEmbedded(memory.plain);
  });
  expect((await store.search(SEABIRDS)).hits[0]?.entry.text).toBe(TERN.text);
  await store.remove((await store.list({}, 20)).map(({ id }) => id));
  expect((await store.search(SEABIRDS)).hits).toEqual([]);
});

test("a text that the model does not take is tried shorter, alone, and then left", async ({ endpoint, memory }) => {
  endpoint.answer = (asked, response) => {
    if (asked.input.some((text) => text.length > 2_000 || text.includes("cursed"))) response.writeHead(400).end();
    else answerWell(asked, response);
  };
  const store = memory.open();
  await memory.plain.store(toDraft(`tern ${"x".repeat(100_000)}`));
  await memory.plain.store(toDraft("cursed"));
  await store.store(toDraft("gull"));
  await until("all but one have a vector", async () => {
    const without = await memory.plain.vectors?.listWithout("m", {}, 10, []);
    return without?.length === 1 && without[0]?.text === "cursed";
  });
  expect(Math.max(...endpoint.asked.flatMap(({ input }) => input.map(({ length }) => length)))).toBe(6_000);
});

test("vectors of another model, or of another length, count as none and are made anew", async ({
  endpoint,
  memory,
}) => {
  await fill(memory.open(), memory.plain);
  const other = memory.open("other");
  expect((await other.search(SEABIRDS)).hits).toEqual([]);
  await until("the other model has its vectors", () => isEmbedded(memory.plain, "other"));
  expect((await other.search(SEABIRDS)).hits[0]?.entry.text).toBe(TERN.text);
  endpoint.answer = ({ input }, response) =>
    void response.end(JSON.stringify({ data: input.map((text) => ({ embedding: [...toVector(text), 0] })) }));
  const { hits, warnings } = await other.search(SEABIRDS);
  expect([hits, warnings]).toEqual([[], []]);
  await until("every vector is of the new length", () => isEmbedded(memory.plain, "other"));
  expect((await other.search(SEABIRDS)).hits[0]?.entry.text).toBe(TERN.text);
});

test("a store without vectors is searched by words, and says so", async ({ endpoint, memory }) => {
  const { vectors: _, ...rest } = memory.plain;
  const embed = createEmbedder({ url: endpoint.url, model: undefined, key: undefined });
  const store = withEmbeddings(rest, { embed, model: "m", redact: (text) => text, clock: () => 0 });
  await store.store(TERN);
  const { hits, warnings } = await store.search({ ...HERE, queries: ["tern"] });
  expect([hits.length, warnings.length, endpoint.asked.length]).toEqual([1, 1, 0]);
});
