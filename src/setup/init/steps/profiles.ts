// Two profiles of Codex: one that thinks longer, one that answers sooner. From 0.142 on each is a file of its own, before that a table in
// config.toml.
import { join } from "node:path";
import type { InitContext, InitStep, StepFinding } from "../context.ts";
import { HASH_MARKS, readBlock } from "../files/marked-block.ts";

/** Codex has no settings for temperature or output tokens, which guides name too. */
const PROFILES: Readonly<Record<string, string>> = {
  "high-reasoning": 'model_reasoning_effort = "high"',
  "fast-iteration": 'model_reasoning_effort = "low"',
};

/** Adds the profiles that are not there. */
export const profilesStep: InitStep = {
  name: "profiles",
  title: `add the Codex profiles ${Object.keys(PROFILES).join(" and ")}`,
  plan: (context) => {
    const { codex } = context;
    if (codex.path === undefined)
      return [{ kind: "left", text: "without the Codex CLI it is not known where they belong" }];
    if (codex.hasFileProfiles === undefined) return [{ kind: "left", text: "Codex did not say where profiles belong" }];
    return codex.hasFileProfiles ? planFiles(context) : planTables(context);
  },
};

function planFiles({ codexHome, files }: InitContext): StepFinding[] {
  return Object.entries(PROFILES).map(([name, line]) => {
    const file = join(codexHome, `${name}.config.toml`);
    if (files.read(file) !== undefined) return { kind: "already", file, text: `profile ${name}` };
    files.create(file, `# A profile of Codex: codex -p ${name}\n${line}\n`);
    return { kind: "change", file, text: `add the profile ${name}` };
  });
}

function planTables({ codexHome, files }: InitContext): StepFinding[] {
  const file = join(codexHome, "config.toml");
  const text = files.read(file) ?? "";
  const own = readBlock(text, HASH_MARKS) ?? "";
  const rest = text.replace(own, "");
  const missing = Object.entries(PROFILES).filter(([name]) => !hasTable(rest, name));
  const body = missing.flatMap(([name, line]) => [`[profiles.${name}]`, line]).join("\n");
  if (missing.length === 0 || own === body) return [{ kind: "already", file, text: "both profiles" }];
  files.setBlock(file, HASH_MARKS, body);
  return [{ kind: "change", file, text: `add the profiles ${missing.map(([name]) => name).join(" and ")}` }];
}

function hasTable(text: string, name: string): boolean {
  return new RegExp(`^\\s*\\[\\s*profiles\\s*\\.\\s*["']?${name}["']?\\s*\\]`, "m").test(text);
}
