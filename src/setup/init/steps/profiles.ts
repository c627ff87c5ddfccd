// Two profiles of Codex: one that thinks longer, one that answers sooner. From 0.142 on each is a file of its own, before that a table in
// config.toml.
import { join } from "node:path";
import { parseConfigText } from "../../../agents/codex/config/config-text.ts";
import { isRecord } from "../../../domain/guards.ts";
import { FileRefusal } from "../../files/whole-file.ts";
import type { InitContext, InitStep, StepFinding } from "../context.ts";
import { HASH_MARKS } from "../files/marked-block.ts";

const PROFILES: Readonly<Record<string, string>> = {
  "high-reasoning": 'model_reasoning_effort = "high"',
  "fast-iteration": 'model_reasoning_effort = "low"',
};
const LEFT_OUT: StepFinding = {
  kind: "note",
  text: "Codex has no settings for temperature and for the tokens of an answer, which guides name for profiles: they are not written",
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
    const findings = codex.hasFileProfiles ? planFiles(context) : planTables(context);
    return findings.some(({ kind }) => kind === "change") ? [...findings, LEFT_OUT] : findings;
  },
};

// Codex refuses a profile that has a table too (docs/codex-cli.md#config-layers).
function planFiles({ codexHome, files }: InitContext): StepFinding[] {
  const config = join(codexHome, "config.toml");
  const own = files.readBlock(config, HASH_MARKS);
  // Made with an older CLI.
  if (own !== undefined) files.setBlock(config, HASH_MARKS, undefined);
  const { profile, profiles } = readToml(config, files.read(config) ?? "");
  const findings = Object.entries(PROFILES).map(([name, line]): StepFinding => {
    const file = join(codexHome, `${name}.config.toml`);
    if (files.read(file) !== undefined) return { kind: "already", file, text: `profile ${name}` };
    if (profile === name || hasKey(profiles, name)) {
      const text = `names the profile ${name} as older versions of Codex did, and this one refuses it: move its settings to ${file}`;
      return { kind: "left", file: config, text };
    }
    files.create(file, `# A profile of Codex: codex -p ${name}\n${line}\n`);
    return { kind: "change", file, text: `add the profile ${name}` };
  });
  if (own === undefined) return findings;
  return [{ kind: "change", file: config, text: "remove init's tables of profiles: they are files now" }, ...findings];
}

function planTables({ codexHome, files }: InitContext): StepFinding[] {
  const file = join(codexHome, "config.toml");
  const text = files.read(file) ?? "";
  const own = files.readBlock(file, HASH_MARKS) ?? "";
  const all = readToml(file, text)["profiles"];
  const inBlock = readToml(file, own)["profiles"];
  const missing = Object.entries(PROFILES).filter(([name]) => !hasKey(all, name) || hasKey(inBlock, name));
  const body = missing.flatMap(([name, line]) => [`[profiles.${name}]`, line]).join("\n");
  if (missing.length === 0 || own === body) return [{ kind: "already", file, text: "both profiles" }];
  files.setBlock(file, HASH_MARKS, body);
  readToml(file, files.read(file) ?? "");
  return [{ kind: "change", file, text: `add the profiles ${missing.map(([name]) => name).join(" and ")}` }];
}

// Codex does not start with a config.toml that cannot be read.
function readToml(file: string, text: string): Readonly<Record<string, unknown>> {
  const table = parseConfigText(text);
  if (table !== undefined) return table;
  throw new FileRefusal(`${file} is not TOML, or would not be with these profiles: add them yourself`);
}

function hasKey(table: unknown, name: string): boolean {
  return isRecord(table) && Object.hasOwn(table, name);
}
