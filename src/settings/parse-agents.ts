// BRIDGE_AGENTS: further agents, as JSON or in a JSON file. A key that is not known is a mistake: a misspelt mode would be a wider one.
import { type AcpAgent, GEMINI, type ModeUse } from "../agents/acp/acp-agent.ts";
import { isRecord } from "../domain/guards.ts";
import { SANDBOX_MODES } from "../domain/sandbox.ts";
import { readSmallText } from "../files/small-file.ts";
import { OWN_NAMES } from "../state/callee-folders.ts";
import { type ParseScope, toPath } from "./parse-value.ts";

type Entry = Readonly<Record<string, unknown>>;

const KEYS = [
  "name",
  "title",
  "command",
  "env",
  "envPass",
  "modes",
  "modelArguments",
  "homeVariable",
  "homeFiles",
  "view",
];
const USES: readonly ModeUse[] = [...SANDBOX_MODES, "asking"];
/** Names of our own agents, and those of folders beside the agents' own. */
const TAKEN: readonly string[] = ["codex", "claude", ...OWN_NAMES];

/** Reads the agents. Throws an Error that says what is wrong with which entry. */
export function parseAgents(value: string | undefined, scope: ParseScope): AcpAgent[] {
  if (value === undefined) return [];
  const list = parseJson(/^\s*[[{]/.test(value) ? value : readFile(toPath(value, scope)));
  const entries: unknown[] = Array.isArray(list) ? list : [list];
  const agents = entries.map((entry, at) => {
    if (!isRecord(entry)) throw new Error(`entry ${at + 1} is no object`);
    return toAgent(entry, typeof entry["name"] === "string" ? entry["name"] : `entry ${at + 1}`);
  });
  const twice = agents.find(({ id }, at) => agents.findIndex((other) => other.id === id) !== at);
  if (twice !== undefined) throw new Error(`two agents are called ${twice.id}`);
  return agents;
}

function readFile(path: string): string {
  try {
    return readSmallText(path);
  } catch (error) {
    throw new Error(
      `it is neither JSON nor a file that can be read (${error instanceof Error ? error.message : "unknown"})`,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not valid JSON: ${error instanceof Error ? error.message : "unknown"}`);
  }
}

function toAgent(entry: Entry, label: string): AcpAgent {
  const unknown = Object.keys(entry).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new Error(`${label}: ${unknown} is not a key; the keys are ${KEYS.join(", ")}`);
  const id = readText(entry, "name", label);
  if (id === undefined || !/^[a-z][a-z0-9-]{0,31}$/.test(id) || TAKEN.includes(id)) {
    throw new Error(
      `${label}: name must be small letters, digits and hyphens, begin with a letter, and not be ${TAKEN.slice(0, -1).join(", ")} or ${TAKEN.at(-1)}`,
    );
  }
  // An entry for a known agent changes what it names.
  const base = id === GEMINI.id ? GEMINI : undefined;
  return {
    id,
    name: readText(entry, "title", label) ?? base?.name ?? id,
    command: readCommand(entry, label) ?? base?.command ?? missing(label, "command"),
    env: readTexts(entry, "env", label) ?? base?.env ?? {},
    envPass: readList(entry, "envPass", label) ?? base?.envPass ?? [],
    modes: readModes(entry, label) ?? base?.modes ?? {},
    modelArguments: readModelArguments(entry, label) ?? base?.modelArguments ?? [],
    homeVariable: readText(entry, "homeVariable", label) ?? base?.homeVariable ?? "HOME",
    homeFiles: readHomeFiles(entry, label) ?? base?.homeFiles ?? [],
    view: readText(entry, "view", label),
    install: base?.install,
  };
}

function missing(label: string, key: string): never {
  throw new Error(`${label}: ${key} is missing`);
}

function readCommand(entry: Entry, label: string): AcpAgent["command"] | undefined {
  const [file, ...args] = readList(entry, "command", label) ?? [];
  if (file === undefined) return entry["command"] === undefined ? undefined : missing(label, "the program in command");
  // A relative path would be a program of whatever project the bridge is in.
  if (file.includes("/") && !file.startsWith("/"))
    throw new Error(`${label}: command must begin with a name or an absolute path`);
  return [file, ...args];
}

function readModes(entry: Entry, label: string): AcpAgent["modes"] | undefined {
  const modes = readTexts(entry, "modes", label);
  const wrong = Object.keys(modes ?? {}).find((use) => !USES.some((known) => known === use));
  if (wrong !== undefined) throw new Error(`${label}: modes has no ${wrong}; its keys are ${USES.join(", ")}`);
  return modes;
}

function readModelArguments(entry: Entry, label: string): string[] | undefined {
  const list = readList(entry, "modelArguments", label);
  if (list === undefined || list.length === 0 || list.some((text) => text.includes("{model}"))) return list;
  throw new Error(`${label}: modelArguments must contain {model}`);
}

function readHomeFiles(entry: Entry, label: string): string[] | undefined {
  const list = readList(entry, "homeFiles", label);
  const wrong = list?.find((path) => path.startsWith("/") || path.split("/").includes(".."));
  if (wrong !== undefined)
    throw new Error(`${label}: homeFiles must be paths below your home, and ${JSON.stringify(wrong)} is not`);
  return list;
}

function readText(entry: Entry, key: string, label: string): string | undefined {
  const value = entry[key];
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw new Error(`${label}: ${key} must be a text`);
}

function readList(entry: Entry, key: string, label: string): string[] | undefined {
  const value = entry[key];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    const texts = value.filter((part) => typeof part === "string" && part !== "" && !part.includes("\0"));
    if (texts.length === value.length) return texts;
  }
  throw new Error(`${label}: ${key} must be a list of texts`);
}

function readTexts(entry: Entry, key: string, label: string): Record<string, string> | undefined {
  const value = entry[key];
  if (value === undefined) return undefined;
  const pairs = Object.entries(isRecord(value) ? value : {}).flatMap(([name, text]) =>
    typeof text === "string" ? [[name, text] as const] : [],
  );
  if (isRecord(value) && pairs.length === Object.keys(value).length) return Object.fromEntries(pairs);
  throw new Error(`${label}: ${key} must be an object of texts`);
}
