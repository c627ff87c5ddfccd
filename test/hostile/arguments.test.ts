// Arguments of every kind to every tool, made from the schemas that tools/list publishes: each call has an answer, and what does not fit starts nothing.
import { Ajv } from "ajv";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ERROR_TRAITS } from "../../src/domain/error-codes.ts";
import { isRecord } from "../../src/domain/guards.ts";
import { TOOLS } from "../../src/tools/index.ts";
import { ERA, type Message, toEnvelope } from "../support/stdio-bridge.ts";
import { type Attack, attack } from "./attack.ts";
import { anyArguments, type Schema, SEED } from "./json-texts.ts";

/** HOSTILE_CALLS makes another number. */
const CALLS_PER_TOOL = Number(process.env["HOSTILE_CALLS"] ?? 400);
// Without tasks, whose handles have another shape; what is told to go on in the background runs in the runner all the same.
const META = ERA === "modern" ? `,"_meta":${JSON.stringify(toEnvelope({}))}` : "";

interface Listing {
  readonly name: string;
  readonly inputSchema: Schema;
  readonly outputSchema: Schema;
}

async function readListing(it: Attack, name: string): Promise<Listing> {
  it.ask("list", "tools/list");
  const tools = (await it.bridge.answer("list")).result?.["tools"] as Listing[];
  return tools.find((tool) => tool.name === name)!;
}

// null for an argument means absent.
function withoutNulls(args: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

// A call that fits may wait for minutes: it is made with the shortest wait.
function withoutWait(text: string, { properties }: Schema): string {
  const wait = properties?.["waitSeconds"];
  if (wait === undefined) return text;
  return JSON.stringify({ ...JSON.parse(text), waitSeconds: wait.minimum ?? 0 });
}

// A job that goes on would begin its turn while another call is looked at.
async function endJob(it: Attack, id: number, { result }: Message): Promise<void> {
  const answer = result?.["structuredContent"];
  if (!isRecord(answer) || typeof answer["jobId"] !== "string") return;
  it.call(`wait ${id}`, "agent_job", { action: "wait", jobIds: [answer["jobId"]], waitSeconds: 20 });
  await it.bridge.answer(`wait ${id}`, 30_000);
}

function readCode({ result }: Message): string | undefined {
  if (result?.["isError"] !== true) return undefined;
  const [block] = result["content"] as { text: string }[];
  return /^\[([A-Z_]+)\] ./.exec(block?.text ?? "")?.[1] ?? "no code";
}

test.each(TOOLS.map(({ name }) => [name]))("%s", (name) =>
  attack(async (it) => {
    const { inputSchema, outputSchema } = await readListing(it, name);
    const ajv = new Ajv();
    const fits = ajv.compile(inputSchema);
    const isResult = ajv.compile(outputSchema);
    let id = 0;
    let fitting = 0;
    await fc.assert(
      fc.asyncProperty(anyArguments(inputSchema), async (made) => {
        const isFit = fits(withoutNulls(JSON.parse(made)));
        const args = isFit ? withoutWait(made, inputSchema) : made;
        id += 1;
        const before = it.countTurns();
        it.write(
          `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${name}","arguments":${args}${META}}}\n`,
          id,
        );
        const answer = await it.bridge.answer(id);
        const code = readCode(answer);
        expect(answer.error).toBeUndefined();
        expect(isResult(answer.result?.["structuredContent"]), JSON.stringify(answer)).toBe(true);
        if (code !== undefined) expect(Object.keys(ERROR_TRAITS), JSON.stringify(answer)).toContain(code);
        expect(code, it.bridge.stderr().slice(-3_000)).not.toBe("INTERNAL");
        if (isFit) fitting += 1;
        else expect(code).toBe("INVALID_ARGUMENT");
        if (code === "INVALID_ARGUMENT") expect(it.countTurns()).toBe(before);
        await endJob(it, id, answer);
      }),
      { seed: SEED, numRuns: CALLS_PER_TOOL, endOnFailure: true },
    );
    // Else the property would say nothing of what lies behind the schemas, or of the schemas.
    // `codex` takes so many arguments that few calls are right in all of them.
    expect(fitting).toBeGreaterThan(CALLS_PER_TOOL / 20);
    expect(fitting).toBeLessThan(CALLS_PER_TOOL * 0.9);
  }),
);
