// Hooks of Claude Code's settings.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../support/lab.ts";

/** A form as the hook got it. */
export interface AskedForm {
  readonly mcp_server_name: string;
  readonly message: string;
}

/** An `Elicitation` hook that answers every form with one choice after a while, and keeps what it was asked. */
export function answerForms({ root }: Lab, decision: string, afterSeconds = 0): Record<string, unknown> {
  const answer = { hookEventName: "Elicitation", action: "accept", content: { decision } };
  const script = join(root, "hook.sh");
  const lines = [`cat >> '${toAskedPath(root)}'`, `sleep ${afterSeconds}`];
  writeFileSync(script, `${lines.join("\n")}\necho '${JSON.stringify({ hookSpecificOutput: answer })}'\n`);
  return { hooks: { Elicitation: [{ hooks: [{ type: "command", command: `sh '${script}'` }] }] } };
}

/** The forms that the hook was asked, in order. */
export function readAsked({ root }: Lab): AskedForm[] {
  const path = toAskedPath(root);
  if (!existsSync(path)) return [];
  // The hook gets one JSON text each time, with or without a line break after it.
  const texts = readFileSync(path, "utf8").replaceAll("}{", "}\n{").trim().split("\n");
  return texts.map((text) => JSON.parse(text) as AskedForm);
}

const toAskedPath = (root: string): string => join(root, "asked.jsonl");
