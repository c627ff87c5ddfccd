// npm run check: which folder of src/ may import which, and who may import which package. AGENTS.md has the ladder in words.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder may import those of the rungs below its own. `rules > routing` on one rung lets the first import the second. */
const LADDER = [
  ["bin.ts"],
  ["cli"],
  ["setup"],
  ["app"],
  ["runner"],
  ["settings", "logging"],
  ["mcp"],
  ["tools"],
  ["delegation"],
  [
    "rules > routing",
    "context > routing",
    "escalation",
    "reviews > receipts",
    "worktrees > receipts",
    "checkpoints",
    "memory",
    "agents",
  ],
  ["process", "state", "clients", "validation"],
  ["files"],
  ["domain"],
];

/** The same within folders that have an inner order. */
const INNER = {
  agents: [
    ["codex-exec", "codex-app-server", "claude-code", "acp"],
    ["callee"],
    ["codex"],
    ["turn"],
    ["agent-backend.ts"],
  ],
  delegation: [
    ["collaboration"],
    ["checkpoints", "memory"],
    ["jobs"],
    ["tasks"],
    ["failover"],
    ["stored-threads", "proposals > receipts", "receipts", "reviews", "memory"],
    ["turns"],
    ["threads", "messages"],
    ["requests.ts"],
  ],
  setup: [["init"], ["doctor", "migrate", "demo", "hooks"], ["files"]],
};

/** What a folder may not import though it stands above it. */
const CLOSED = {
  setup: ["delegation", "tools", "settings", "logging"],
  tools: ["process", "state", "files", "agents"],
};

/** Of a folder below, only these files: the port to an agent, and nothing of any one agent. */
const DOORS = { delegation: { agents: ["agent-backend.ts"] } };

/** Packages, and the only folders that may import them. */
const PACKAGES = {
  "@agentclientprotocol/sdk": ["agents"],
  "@modelcontextprotocol/sdk": ["mcp"],
  ajv: ["validation"],
  diff: ["setup"],
  execa: ["process"],
  "fastest-levenshtein": ["cli", "rules"],
  "jsonc-parser": ["rules", "setup"],
  nanoid: ["app", "setup"],
  "p-queue": ["delegation"],
  pg: ["memory"],
  pino: ["logging"],
  "smol-toml": ["agents"],
  stemmer: ["memory"],
  ws: ["agents"],
  zod: ["checkpoints", "cli", "mcp", "routing", "rules", "runner", "setup", "state", "tools"],
};

/** Folders that touch neither the disk nor any other part of the machine. */
const PURE = ["domain", "routing", "context", "escalation"];

const root = fileURLToPath(new URL("../src", import.meta.url));
const files = readdirSync(root, { recursive: true }).filter((name) => name.endsWith(".ts"));
const problems = files.flatMap((file) =>
  listImports(file).flatMap((name) => judge(file, name).map((why) => `src/${file}: ${why}`)),
);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

function listImports(file) {
  const text = readFileSync(join(root, file), "utf8");
  return [
    ...text.matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"|\bimport\(\s*"([^"]+)"|^import\s+"([^"]+)"/gm),
  ].map(([, a, b, c]) => a ?? b ?? c);
}

function judge(file, name) {
  const [folder, inner] = file.split(sep);
  if (name.startsWith("node:")) return PURE.includes(folder) ? [`${folder} is pure, and imports ${name}`] : [];
  if (!name.startsWith(".")) {
    const parts = name.split("/");
    const of = PACKAGES[parts.slice(0, name.startsWith("@") ? 2 : 1).join("/")];
    return of?.includes(folder) ? [] : [`${folder} may not import the package ${name}`];
  }
  const [target, targetInner] = normalize(join(dirname(file), name)).split(sep);
  if (target !== folder) {
    const isBelow = isAllowed(LADDER, folder, target) && !CLOSED[folder]?.includes(target);
    if (!isBelow) return [`${folder} may not import ${target}`];
    const doors = DOORS[folder]?.[target] ?? [targetInner];
    return doors.includes(targetInner) ? [] : [`${folder} may import only ${doors} of ${target}, not ${targetInner}`];
  }
  if (!(folder in INNER) || inner === targetInner) return [];
  return isAllowed(INNER[folder], inner, targetInner)
    ? []
    : [`${folder}/${inner} may not import ${folder}/${targetInner}`];
}

// What stands on no rung is an error of this table.
function isAllowed(ladder, from, to) {
  const rungs = ladder.map((rung) => rung.flatMap((entry) => entry.split(" > ")));
  const [high, low] = [from, to].map((name) => rungs.findIndex((rung) => rung.includes(name)));
  if (high === -1 || low === -1) return false;
  return high < low || ladder[high].includes(`${from} > ${to}`);
}
