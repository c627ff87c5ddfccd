// Writes what the demo prints into docs/demo.md; with --check it only says whether that is still what it prints. It needs the real Claude Code:
// CLAUDE_BIN, or the one that `npm run test:e2e` installs into test/e2e.
// Ids and times differ from run to run and count for nothing; progress lines, which depend on the machine's pace, are left out.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const path = join(root, "docs/demo.md");
const [START, END] = ["<!-- generated: demo -->", "<!-- end: demo -->"];

const native = join(root, `test/e2e/node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`);
const claude = process.env.CLAUDE_BIN || native;
if (!existsSync(claude)) {
  console.error(
    `docs/demo.md shows the real Claude Code, and ${claude} is not there. Run npm run test:e2e once, or set CLAUDE_BIN.`,
  );
  process.exit(1);
}

const page = readFileSync(path, "utf8");
const [from, to] = [page.indexOf(START) + START.length, page.indexOf(END)];
const look = `\n\n\`\`\`text\n${runDemo()}\n\`\`\`\n\n`;
if (normalise(look) !== normalise(page.slice(from, to))) {
  if (process.argv.includes("--check")) {
    console.error("docs/demo.md: the demo prints something else now. Run npm run docs.");
    process.exitCode = 1;
  } else {
    writeFileSync(path, page.slice(0, from) + look + page.slice(to));
  }
}

function runDemo() {
  const bin = join(root, "dist/bin.js");
  // Where the machine has no Codex, the demo takes that of the checkout.
  const env = { PATH: process.env.PATH, HOME: root, CLAUDE_BIN: claude, TERM: process.env.TERM ?? "dumb" };
  const printed = execFileSync(process.execPath, [bin, "demo"], { cwd: root, env, encoding: "utf8" });
  return printed
    .split("\n")
    .filter((line) => !line.startsWith("   … "))
    .join("\n")
    .replaceAll(bin, "/path/to/codex-bridge/dist/bin.js")
    .trim();
}

function normalise(text) {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<thread>")
    .replace(/SESSION-\d{8}-\w{8}/g, "<session>")
    .replace(/\bm-[\w-]{10}/g, "<entry>")
    .replace(/\d+(\.\d+)? s\b/g, "<time>");
}
