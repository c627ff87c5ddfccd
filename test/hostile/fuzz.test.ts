// Lines of every kind in one stream, 3,000 of them: each is answered or passed over as JSON-RPC says, whatever came before it.
import fc from "fast-check";
import { test } from "vitest";
import { isRecord } from "../../src/domain/guards.ts";
import { ERA } from "../support/stdio-bridge.ts";
import { attack } from "./attack.ts";
import { anyJson, SEED } from "./json-texts.ts";

const LINES = 3_000;
const METHODS = [
  "ping",
  "server/discover",
  "tasks/get",
  "tools/list",
  "initialize",
  "tools/call",
  "x",
  "notifications/initialized",
  "__proto__",
];

/** Params of the new era, whose envelope may be anything. */
const enveloped = fc
  .tuple(anyJson, fc.oneof(fc.constant("{}"), anyJson), fc.oneof(fc.constant('"2026-07-28"'), anyJson))
  .map(
    ([name, capabilities, version]) =>
      `{"name":${name},"requestState":${name},"_meta":{"io.modelcontextprotocol/protocolVersion":${version},"io.modelcontextprotocol/clientCapabilities":${capabilities}}}`,
  );
const member = fc.oneof(
  fc.tuple(
    fc.constant("jsonrpc"),
    fc.oneof({ weight: 9, arbitrary: fc.constant('"2.0"') }, { weight: 1, arbitrary: anyJson }),
  ),
  fc.tuple(fc.constant("id"), fc.oneof(fc.integer().map(String), anyJson)),
  fc.tuple(
    fc.constant("method"),
    fc.oneof(
      fc.constantFrom(...METHODS).map((method) => JSON.stringify(method)),
      anyJson,
    ),
  ),
  fc.tuple(fc.constant("params"), ERA === "modern" ? fc.oneof(anyJson, enveloped) : anyJson),
  fc.tuple(fc.constantFrom("result", "error", "_meta", "__proto__", "constructor"), anyJson),
);
const envelope = fc
  .array(member, { maxLength: 6 })
  .map((members) => `{"jsonrpc":"2.0",${members.map(([name, text]) => `"${name}":${text}`).join(",")}}`);
const line = fc.oneof(
  { weight: 8, arbitrary: envelope },
  { weight: 1, arbitrary: anyJson },
  { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("latin1").replaceAll("\n", "")) },
);

/** The id that an answer to a line must have; undefined where there must be none. */
function findAnsweredId(text: string): string | number | null | undefined {
  if (text.trim() === "") return undefined;
  const value = parse(text);
  if (!isRecord(value)) return null;
  const { jsonrpc, id, method, params } = value;
  const isResponse = "result" in value || "error" in value;
  if (method === undefined && isResponse) return undefined;
  const isValid =
    jsonrpc === "2.0" && typeof method === "string" && !isResponse && (params === undefined || isRecord(params));
  if (id === undefined && isValid) return undefined;
  return typeof id === "string" || Number.isSafeInteger(id) ? (id as string | number) : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test("each line has the answers that it should have", () =>
  attack((it) => {
    for (const text of fc.sample(line, { seed: SEED, numRuns: LINES })) {
      const id = findAnsweredId(text);
      it.write(`${text}\n`, ...(id === undefined ? [] : [id]));
    }
  }));
