// Suites that run dist/ must not judge an old one: `npm test` builds, a single test file does not.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export default function checkBuild(): void {
  const built = statSync(join(ROOT, "dist/bin.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const newer = sources.find((name) => statSync(join(ROOT, "src", name)).mtimeMs > built);
  if (newer !== undefined) throw new Error(`dist/ is older than src/${newer}: run npm run build first.`);
}
