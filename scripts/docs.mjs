// Writes the generated tables of the README; with --check it only says whether they are up to date.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = join(root, "README.md");

const { TOOLS, toToolListing, SETTING_ROWS, ERROR_TRAITS, ALLOWED_CONFIG_KEYS } = await load(`
  export { TOOLS } from "./src/tools/index.ts";
  export { toToolListing } from "./src/mcp/tool-list.ts";
  export { SETTING_ROWS } from "./src/config/schema.ts";
  export { ERROR_TRAITS } from "./src/domain/errors.ts";
  export { ALLOWED_CONFIG_KEYS } from "./src/agents/codex/config-keys.ts";
`);

const sections = {
  tools: TOOLS.map(toToolListing).map(toToolSection).join("\n\n"),
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
  "config-keys": ALLOWED_CONFIG_KEYS.map((key) => `\`${key}\``).join(", "),
};

const before = readFileSync(readme, "utf8");
const after = Object.entries(sections).reduce(replaceSection, before);
if (!process.argv.includes("--check")) {
  writeFileSync(readme, after);
} else if (after !== before) {
  console.error("README.md: the generated parts are not up to date. Run npm run docs.");
  process.exit(1);
}

function replaceSection(text, [name, content]) {
  const [start, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`README.md has no section ${name}`);
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

function toType(schema) {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(", ");
  return schema.type === "array" ? `list of ${schema.items.type}` : schema.type;
}

function toTable(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

async function load(contents) {
  const folder = mkdtempSync(join(tmpdir(), "codex-bridge-docs-"));
  try {
    const outfile = join(folder, "docs.mjs");
    await build({
      stdin: { contents, resolveDir: root, loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "node",
      outfile,
      logLevel: "error",
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
