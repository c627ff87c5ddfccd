// Writes what is generated: the tables of docs/, the allow rules of the README, the JSON Schema of the rules file. With --check
// it only says whether they are up to date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSource } from "./load-source.mjs";
import { readTexts } from "./plugin-source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

const {
  ALL_TOOLS,
  TOOLS,
  toToolListing,
  SETTING_ROWS,
  ERROR_TRAITS,
  ALLOWED_CONFIG_KEYS,
  KNOWN_SERVERS,
  COMMANDS,
  toJSONSchema,
  RulesFileSchema,
} = await loadSource(`
  export { ALL_TOOLS, TOOLS } from "./src/tools/index.ts";
  export { toToolListing } from "./src/mcp/tool-list.ts";
  export { SETTING_ROWS } from "./src/settings/setting-rows.ts";
  export { ERROR_TRAITS } from "./src/domain/error-codes.ts";
  export { ALLOWED_CONFIG_KEYS } from "./src/agents/codex/config/config-keys.ts";
  export { KNOWN_SERVERS } from "./src/setup/migrate/recognise/known-servers.ts";
  export { COMMANDS } from "./src/cli/commands.ts";
  export { toJSONSchema } from "zod";
  export { RulesFileSchema } from "./src/routing/rules-schema.ts";
`);

const reference = {
  tools: ALL_TOOLS.map(toToolListing).map(toToolSection).join("\n\n"),
  settings: toTable(
    ["Variable", "Default", "Meaning"],
    SETTING_ROWS.map((row) => [`\`${row.variable}\``, row.defaultText, row.description]),
  ),
  errors: toTable(
    ["Code", "Who can fix it", "Same call may work later", "What to do"],
    Object.entries(ERROR_TRAITS).map(([code, traits]) => [
      `\`${code}\``,
      traits.fault,
      traits.retryable ? "yes" : "no",
      traits.nextStep,
    ]),
  ),
  commands: COMMANDS.filter(({ isInternal }) => !isInternal)
    .map(toCommandSection)
    .join("\n\n"),
  "plugin-commands": toTable(
    ["Command", "What it does"],
    readTexts()
      .filter(({ path }) => path.startsWith("commands/"))
      .map(({ fields }) => [
        `\`/${[fields.name, fields["argument-hint"]?.slice(1, -1)].filter(Boolean).join(" ")}\``,
        fields.description,
      ]),
  ),
  "config-keys": ALLOWED_CONFIG_KEYS.map((key) => `\`${key}\``).join(", "),
};

const migrating = {
  "known-servers": toTable(
    ["Server", "Its tools here", "Tools that are gone"],
    KNOWN_SERVERS.map(({ title, tools, gone, keep }) => {
      const renamed = Object.entries(tools).map(([name, next]) => `\`${name}\` → \`${next}\``);
      const lost = gone.map((name) => `\`${name}\``);
      return [title, keep === undefined ? renamed.join(", ") : `left alone: ${keep}`, lost.join(", ")];
    }),
  ),
};

const readme = {
  permissions: `\`\`\`json\n${JSON.stringify({ permissions: { allow: TOOLS.map(({ name }) => `mcp__codex__${name}`) } }, null, 2)}\n\`\`\``,
};

writePage("docs/migrating.md", migrating);
writePage("docs/reference.md", reference);
writePage("README.md", readme);
writeGenerated("delegation-rules.schema.json", () => `${JSON.stringify(toRulesSchema(), null, 2)}\n`);

function writePage(name, sections) {
  writeGenerated(name, (before) =>
    Object.entries(sections).reduce((text, section) => replaceSection(name, text, section), before),
  );
}

function writeGenerated(name, change) {
  const path = join(root, name);
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const after = change(before);
  if (after === before) return;
  if (!process.argv.includes("--check")) return writeFileSync(path, after);
  console.error(`${name}: the generated parts are not up to date. Run npm run docs.`);
  process.exitCode = 1;
}

// Draft 7 is what editors know best.
function toRulesSchema() {
  const schema = toJSONSchema(RulesFileSchema, { io: "input", target: "draft-7" });
  return { ...schema, title: "Delegation rules of codex-bridge" };
}

function replaceSection(page, text, [name, content]) {
  const [start, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${page} has no section ${name}`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}

function toToolSection(tool) {
  const required = new Set(tool.inputSchema.required ?? []);
  const rows = Object.entries(tool.inputSchema.properties).map(([name, schema]) => [
    `\`${name}\`${required.has(name) ? " (required)" : ""}`,
    toType(schema),
    schema.description ?? "",
  ]);
  return `### \`${tool.name}\`\n\n${tool.description}\n\n${toTable(["Argument", "Type", "Meaning"], rows)}`;
}

function toCommandSection({ name, summary, usage, details, options }) {
  const rows = Object.entries(options).map(([option, { help }]) => [`\`--${option}\``, help]);
  return [
    `### \`codex-bridge ${name}\``,
    `${summary[0].toUpperCase()}${summary.slice(1)}.`,
    `\`\`\`text\n${`codex-bridge ${name} ${usage}`.trimEnd()}\n\`\`\``,
    ...details,
    ...(rows.length === 0 ? [] : [toTable(["Option", "Meaning"], rows)]),
  ].join("\n\n");
}

function toType(schema) {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  return schema.type === "array" ? `list of ${schema.items.type}` : schema.type;
}

function toTable(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
