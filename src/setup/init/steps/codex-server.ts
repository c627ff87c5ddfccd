// The entry that has Codex start the bridge, for whoever lives in Codex and wants to call Claude.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseConfigText } from "../../../agents/codex/config/config-text.ts";
import { toTomlValue } from "../../../agents/codex/config/toml-value.ts";
import { isBridgeCommand } from "../../../agents/codex/program/child-mcp.ts";
import { isRecord } from "../../../domain/guards.ts";
import { toShellWords } from "../../../domain/shell-words.ts";
import {
  CODEX_ENTRY_ARGS,
  CODEX_ENTRY_KEYS,
  CODEX_ENTRY_NAME,
  CODEX_ENV_VARS,
  CODEX_PLUGIN,
} from "../../files/codex-entry.ts";
import { FileRefusal } from "../../files/whole-file.ts";
import { toLaunchCommand } from "../bridge-entry.ts";
import type { InitContext, InitStep, StepFinding } from "../context.ts";

const TABLE = "mcp_servers";

/** Registers the bridge in Codex's config.toml. */
export const codexServerStep: InitStep = {
  name: "codex",
  title: "register the bridge with Codex, so that Codex can call Claude",
  plan: (context) => {
    const { codex, claude, codexHome, files } = context;
    if (codex.path === undefined)
      return [{ kind: "left", text: "without the Codex CLI there is nothing to register in" }];
    if (claude.path === undefined) {
      const text =
        "Claude Code is not installed, so Codex has nobody to call: npm install -g @anthropic-ai/claude-code";
      return [{ kind: "left", text }];
    }
    const file = join(codexHome, "config.toml");
    const config = parseConfigText(files.read(file) ?? "");
    if (config === undefined) throw new FileRefusal(`${file} is not TOML: Codex does not start with it either`);
    return [...register(context, file, config), ...notePlugin(context, config)];
  },
};

function register(context: InitContext, file: string, config: Readonly<Record<string, unknown>>): StepFinding[] {
  const servers = isRecord(config[TABLE]) ? config[TABLE] : {};
  const words = Object.entries(servers).map(([name, entry]) => ({ name, words: toWords(entry) }));
  const bridges = words.filter((entry) => isBridgeCommand(entry.words, context.ownPath));
  const other = bridges[0];
  const serving = bridges.find((entry) => /--role[ =](codex|any)\b/.test(entry.words.join(" ")));
  if (serving !== undefined) return [{ kind: "already", file, text: `registered as "${serving.name}"` }];
  if (other !== undefined) {
    const text = `has the bridge as "${other.name}", which offers tools for Claude Code: add "--role", "codex" to its args after "serve"`;
    return [{ kind: "left", file, text }];
  }
  if (Object.hasOwn(servers, CODEX_ENTRY_NAME)) {
    return [
      {
        kind: "left",
        file,
        text: `"${CODEX_ENTRY_NAME}" is another server there: codex mcp remove ${CODEX_ENTRY_NAME}`,
      },
    ];
  }
  context.files.addTable(file, { path: [TABLE, CODEX_ENTRY_NAME], body: describeEntry(context) });
  // As one line `mcp_servers = {…}` it cannot be added to.
  if (parseConfigText(context.files.read(file) ?? "") === undefined) {
    throw new FileRefusal(
      `${file} has its servers in a form that nothing can be added to: register the bridge yourself`,
    );
  }
  const text = `register the bridge as "${CODEX_ENTRY_NAME}". Codex calls it without asking; Claude gets no more than the thread of Codex has`;
  return [{ kind: "change", file, text }];
}

function describeEntry(context: InitContext): string {
  const [command, ...args] = toLaunchCommand(context);
  const entry = {
    command,
    args: [...args, ...CODEX_ENTRY_ARGS],
    env_vars: [...CODEX_ENV_VARS],
    ...CODEX_ENTRY_KEYS,
    // The hints of the tools say the same (docs/codex-cli.md#as-a-caller); here a person sees it, and can change it.
    default_tools_approval_mode: "approve",
  };
  return Object.entries(entry)
    .map(([key, value]) => `${key} = ${toTomlValue(value)}`)
    .join("\n");
}

// `codex plugin` came with 0.142, as profiles in files did.
function notePlugin({ codex, ownPath }: InitContext, { plugins }: Readonly<Record<string, unknown>>): StepFinding[] {
  if (isRecord(plugins) && Object.hasOwn(plugins, CODEX_PLUGIN)) return [];
  if (codex.hasFileProfiles === false) {
    return [{ kind: "note", text: "the commands $cc:review and six more need Codex 0.142 or newer; the tools do not" }];
  }
  const folder = join(dirname(dirname(ownPath)), "dist-plugin");
  if (!existsSync(join(folder, ".agents/plugins/marketplace.json"))) return [];
  const add = toShellWords(["codex", "plugin", "marketplace", "add", folder]);
  return [
    { kind: "note", text: `for the commands $cc:review and six more: ${add} && codex plugin add ${CODEX_PLUGIN}` },
  ];
}

function toWords(entry: unknown): string[] {
  if (!isRecord(entry)) return [];
  const args = Array.isArray(entry["args"]) ? entry["args"] : [];
  return [entry["command"], ...args].filter((word) => typeof word === "string");
}
