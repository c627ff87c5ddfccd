// A lock must not name the registry that this machine happens to use.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const locks = ["package-lock.json", "test/e2e/package-lock.json", "test/gemini/package-lock.json"];
const bad = locks.filter((lock) =>
  readFileSync(fileURLToPath(new URL(`../${lock}`, import.meta.url)), "utf8").includes('"resolved"'),
);
if (bad.length > 0) {
  console.error(
    `${bad.join(", ")}: entries name a registry. Delete the lock and node_modules, run npm install, then npm ci.`,
  );
  process.exit(1);
}
