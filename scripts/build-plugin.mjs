// Writes the Claude Code plugin and its marketplace into dist-plugin/, or into a folder that is given: plugin/ with versions, the names of
// the tools, and the built server. Run it after build.mjs.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readJson, readNames, readTexts, SOURCE, writeText } from "./plugin-source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const about = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** What the server needs beside it, and the licence. */
const BESIDE = ["dist", "delegation-rules.json", "LICENSE"];
const AS_IS = [".mcp.json", "hooks/hooks.json"];

const names = readNames();
const out = resolve(process.argv[2] ?? join(root, "dist-plugin"));
const plugin = join(out, names.plugin);
rmSync(out, { recursive: true, force: true });

writeJson(join(out, ".claude-plugin/marketplace.json"), readJson("marketplace.json"));
writeJson(join(plugin, ".claude-plugin/plugin.json"), {
  ...readJson(".claude-plugin/plugin.json"),
  version: about.version,
});
// The bridge recognises its own program by this file.
writeJson(join(plugin, "package.json"), {
  name: about.name,
  version: about.version,
  license: about.license,
  private: true,
});
for (const path of BESIDE) cpSync(join(root, path), join(plugin, path), { recursive: true });
for (const path of AS_IS) cpSync(join(SOURCE, path), join(plugin, path));
for (const text of readTexts()) write(join(plugin, text.path), writeText(text, names));
write(join(plugin, "README.md"), `${readFileSync(join(SOURCE, "README.md"), "utf8")}${listCommands()}\n`);

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
