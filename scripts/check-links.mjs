// Links between the pages lead somewhere, and so do the headings of docs/ that comments cite (as `docs/` + `page.md#heading`).
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const LINK = /\]\((?!\w+:)([^)\s#]*)(#[^)\s]*)?\)/g;
const CITATION = /\b(docs\/[\w-]+\.md)(#[\w-]+)?/g;

const pages = ["", "docs"].flatMap((folder) => listFiles(folder, false)).filter((path) => path.endsWith(".md"));
const sources = ["src", "test", "scripts", "bench"]
  .flatMap((folder) => listFiles(folder, true))
  .filter((path) => /\.m?[jt]s$/.test(path));

const broken = [
  ...pages.flatMap((page) => find(page, LINK, (target) => (target === "" ? page : resolve(dirname(page), target)))),
  ...sources.flatMap((source) => find(source, CITATION, (target) => join(root, target))),
];
for (const { file, text } of broken) console.error(`${relative(root, file)}: ${text} leads nowhere`);
if (broken.length > 0) process.exitCode = 1;

function listFiles(folder, isDeep) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules") return [];
    if (entry.isDirectory()) return isDeep ? listFiles(join(folder, entry.name), true) : [];
    return [join(root, folder, entry.name)];
  });
}

function find(file, pattern, toPath) {
  return [...readFileSync(file, "utf8").matchAll(pattern)].flatMap(([text, target, anchor]) => {
    const path = toPath(target);
    const isThere = existsSync(path) && (anchor === undefined || listAnchors(path).includes(anchor.slice(1)));
    return isThere ? [] : [{ file, text }];
  });
}

// As GitHub makes them: lower case, spaces as hyphens, no other signs.
function listAnchors(path) {
  const headings = readFileSync(path, "utf8").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
