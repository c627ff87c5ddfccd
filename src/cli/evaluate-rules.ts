// `codex-bridge route --eval`: how often the rules choose the agent that a person would.
import { readFileSync } from "node:fs";
import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import { AGENTS } from "../domain/task.ts";
import type { Router, RoutingDecision } from "../routing/route.ts";
import { toToldName } from "../routing/told-name.ts";

/** A line of the file: a `task`, or a `prompt` as somebody typed it. */
const Labelled = z
  .object({
    task: z.string().optional(),
    prompt: z.string().optional(),
    agent: z.enum(AGENTS),
    kind: z.string().optional(),
  })
  .transform(({ task, prompt, ...row }) => ({ ...row, text: task ?? prompt }))
  .refine(({ text }) => text !== undefined);

interface Judged extends z.infer<typeof Labelled> {
  readonly decision: RoutingDecision;
}

/** Decides about every task of a file and prints what is right, by agent and kind, and each miss. Throws BridgeError. */
export function evaluateRules(route: Router, path: string, print: Print): void {
  const rows = readTasks(path)
    .replace(/^\ufeff/, "")
    .split("\n")
    .flatMap((line, at) => (line.trim() === "" ? [] : [parseLabelled(line, at + 1)]));
  if (rows.length === 0) throw new BridgeError("INVALID_ARGUMENT", "--eval: the file contains no task.");
  const judged = rows.map((row) => ({ ...row, decision: route({ task: row.text ?? "" }) }));
  const right = judged.filter(isRight).length;
  print(`${right} of ${judged.length} right (${toPercent(right, judged.length)})`);
  for (const wanted of AGENTS) {
    const counts = AGENTS.map(
      (got) => judged.filter((row) => row.agent === wanted && row.decision.agent === got).length,
    );
    print(`${wanted.padEnd(12)} → ${AGENTS.map((got, at) => `${got} ${counts[at]}`).join(", ")}`);
  }
  for (const line of [...describeKinds(judged), ...judged.filter((row) => !isRight(row)).map(describeMiss)])
    print(line);
}

function readTasks(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new BridgeError("INVALID_ARGUMENT", `--eval: ${path} cannot be read.`, { cause: error });
  }
}

function parseLabelled(line: string, number: number): z.infer<typeof Labelled> {
  try {
    return Labelled.parse(JSON.parse(line));
  } catch (error) {
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `--eval: line ${number} is not {"task", "agent"} or {"prompt", "agent"} with an agent of: ${AGENTS.join(", ")}.`,
      { cause: error },
    );
  }
}

function isRight({ agent, decision }: Judged): boolean {
  return agent === decision.agent;
}

function toPercent(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(1)} %`;
}

function describeKinds(judged: readonly Judged[]): string[] {
  const kinds = [...new Set(judged.flatMap(({ kind }) => kind ?? []))];
  return kinds.map((kind) => {
    const rows = judged.filter((row) => row.kind === kind);
    return toPrintableLine(`${kind.padEnd(16)} ${rows.filter(isRight).length} of ${rows.length}`);
  });
}

function describeMiss({ text, agent, decision }: Judged): string {
  const grounds = `${decision.ruleId === undefined ? "default" : toToldName(decision.ruleId)} (${decision.reasons.join("; ")})`;
  return toPrintableLine(`miss: wanted ${agent}, got ${decision.agent} by ${grounds}: ${text}`);
}
