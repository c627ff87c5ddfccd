// Writes the plugins and their marketplaces into dist-plugin/, around the server that build.mjs put there, or with a copy of it into a folder
// that is given: plugin/ with versions and the names of the tools. Claude Code and Codex share one folder, since a second copy of the server
// would double the package; docs/codex-cli.md#plugins says what each of them reads there.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSource } from "./load-source.mjs";
import {
  listReferences,
  readJson,
  readNames,
  readSkills,
  readTexts,
  SOURCE,
  writeSkill,
  writeText,
} from "./plugin-source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const packageJson = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { version } = packageJson;
/** What the server needs beside it, and the licence. */
const BESIDE = ["delegation-rules.json", "LICENSE"];
const AS_IS = [".mcp.json", "hooks/hooks.json"];

const names = readNames();
const home = join(root, "dist-plugin");
const out = resolve(process.argv[2] ?? home);
const plugin = join(out, names.plugin);
const server = join(home, names.plugin, "dist");
removeAllBut(server, out);
if (out !== home) cpSync(server, join(plugin, "dist"), { recursive: true });

writeJson(join(out, ".claude-plugin/marketplace.json"), readJson("marketplace.json"));
writeJson(join(plugin, ".claude-plugin/plugin.json"), {
  ...readJson(".claude-plugin/plugin.json"),
  version,
});
// The bridge recognises its own program by this file.
writeJson(join(plugin, "package.json"), {
  name: packageJson.name,
  version,
  license: packageJson.license,
  private: true,
});
for (const path of BESIDE) cpSync(join(root, path), join(plugin, path), { recursive: true });
for (const path of [...AS_IS, ...listReferences()]) cpSync(join(SOURCE, path), join(plugin, path));
for (const text of readTexts()) write(join(plugin, text.path), writeText(text, names));
write(join(plugin, "README.md"), `${readFileSync(join(SOURCE, "README.md"), "utf8")}${listCommands()}\n`);
await writeCodexPlugin();

async function writeCodexPlugin() {
  const { name: marketplace } = readJson("codex/marketplace.json");
  const about = { ...readJson("codex/plugin.json"), version };
  // Codex expands no variable here, and a relative path would start at the project: the shell finds the copy that Codex keeps.
  const program = `"\${CODEX_HOME:-$HOME/.codex}/plugins/cache/${marketplace}/${about.name}/${version}/dist/bin.js"`;
  const entry = await loadSource('export * from "./src/setup/files/codex-entry.ts"');
  writeJson(join(out, ".agents/plugins/marketplace.json"), readJson("codex/marketplace.json"));
  writeJson(join(plugin, ".codex-plugin/plugin.json"), about);
  writeJson(join(plugin, "codex/hooks.json"), readJson("codex/hooks.json"));
  writeJson(join(plugin, "codex/mcp.json"), {
    mcpServers: {
      [entry.CODEX_ENTRY_NAME]: {
        command: "sh",
        args: ["-c", `exec node ${program} "$@"`, "codex-bridge", ...entry.CODEX_ENTRY_ARGS],
        env_vars: entry.CODEX_ENV_VARS,
        ...entry.CODEX_ENTRY_KEYS,
      },
    },
  });
  for (const skill of readSkills(`node ${program}`)) {
    write(join(plugin, skill.path), writeSkill(skill));
    // A skill that only a person names costs nothing until then.
    write(join(plugin, dirname(skill.path), "agents/openai.yaml"), "policy:\n  allow_implicit_invocation: false\n");
  }
}

/** Empties a folder but for one that lies in it, or in a folder of it. */
function removeAllBut(kept, folder) {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name);
    if (`${kept}/`.startsWith(`${path}/`)) {
      if (path !== kept) removeAllBut(kept, path);
    } else rmSync(path, { recursive: true, force: true });
  }
}

function listCommands() {
  return readTexts()
    .filter(({ path }) => path.startsWith("commands/"))
    .map(({ fields }) => {
      const hint = fields["argument-hint"]?.slice(1, -1);
      return `| \`/${[fields.name, hint].filter(Boolean).join(" ")}\` | ${fields.description} |`;
    })
    .join("\n");
}

function writeJson(path, value) {
  write(path, `${JSON.stringify(value, null, 2)}\n`);
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
