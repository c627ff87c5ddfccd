// Reads plugin/, the source of the Claude Code plugin and of the Codex plugin: their names, their texts, and the tools that each text may call.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const SOURCE = fileURLToPath(new URL("../plugin", import.meta.url));

/** Frontmatter keys that list the bridge's tools by their own names. */
const TOOL_KEYS = ["allowed-tools", "tools"];
/** The name under which the README registers the server by hand. Claude Code drops the plugin's copy of a server that is registered elsewhere too. */
const REGISTERED_NAME = "codex";

/** The names that Claude Code builds the names of tools and commands from. */
export function readNames() {
  const { name: plugin } = readJson(".claude-plugin/plugin.json");
  const [server] = Object.keys(readJson(".mcp.json").mcpServers);
  return { plugin, server };
}

/** A JSON file of the source. */
export function readJson(path) {
  return JSON.parse(readFileSync(join(SOURCE, path), "utf8"));
}

/** Every text with frontmatter of the Claude Code plugin: `path` in plugin/, `fields` of the frontmatter in their order, and `body`. */
export function readTexts() {
  return readTextsOf((path) => path !== "README.md" && !path.startsWith("codex/") && !isReference(path));
}

/** Paths of what a skill refers to: it is read as it stands. */
export function listReferences() {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".md") && isReference(path),
  );
}

const isReference = (path) => path.includes("/references/");

/** The skills of the Codex plugin, in the same form, with what they share filled in. `program` is the command of the bridge in their words. */
export function readSkills(program) {
  const shared = { ...readJson("codex/shared.json"), models: describeModels(), program };
  return readTextsOf((path) => path.startsWith("codex/")).map(({ body, ...rest }) => ({
    ...rest,
    body: body.replace(/\{\{(\w+)\}\}/g, (_, name) => {
      if (shared[name] === undefined) throw new Error(`plugin/${rest.path}: nothing is called ${name}`);
      return shared[name];
    }),
  }));
}

function readTextsOf(isWanted) {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md") && isWanted(path))
    .toSorted()
    .map((path) => ({ path, ...parseText(path, readFileSync(join(SOURCE, path), "utf8")) }));
}

/** A skill as Codex takes it: it knows no other fields. */
export function writeSkill({ fields: { name, description }, body }) {
  return ["---", `name: ${name}`, `description: ${description}`, "---", body].join("\n");
}

// Claude Code knows the names of its models by itself, whatever their newest version.
function describeModels() {
  const { default: usual, efforts, models } = readJson("codex/models.json");
  const list = models.map(({ name, effort }) => `${name} ${effort ?? "none"}`).join(", ");
  return `Without \`--model\` pass \`model: "${usual}"\`. Without \`--effort\` pass the model's usual effort: ${list}. Pass any other model as it is typed, without an effort. Efforts are ${efforts.join(", ")}.`;
}

/** The text as Claude Code takes it: each tool under the plugin's name, and under the name of a registration by hand. */
export function writeText({ fields, body }, { plugin, server }) {
  const prefixes = [`mcp__plugin_${plugin}_${server}`, `mcp__${REGISTERED_NAME}`];
  const lines = Object.entries(fields).map(([key, value]) => {
    if (!TOOL_KEYS.includes(key)) return `${key}: ${value}`;
    const names = prefixes.flatMap((prefix) => value.split(", ").map((tool) => `${prefix}__${tool}`));
    return `${key}: ${names.join(", ")}`;
  });
  return ["---", ...lines, "---", body].join("\n");
}

/**
 * The fields and the body of a text. Takes a narrow form of YAML, which means the same to every reader of YAML: Claude Code drops a broken
 * frontmatter without a word, and `claude plugin validate` passes it (2.1.329). Throws for anything else.
 */
export function parseText(path, text) {
  const [, head, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  if (head === undefined) throw new Error(`plugin/${path} has no frontmatter`);
  const fields = {};
  for (const line of head.split("\n")) {
    const [, key, value] = /^([a-z][a-z-]*): (\S.*)$/.exec(line) ?? [];
    const isPlain = /^(?:[A-Za-z](?!.*(?:: | #)).*[^\s:]|"[^"\\]*")$/.test(value ?? "");
    if (!isPlain || key in fields) throw new Error(`plugin/${path}: put ${JSON.stringify(line)} in another way`);
    fields[key] = value;
  }
  return { fields, body };
}
