// The validation worker for tests that run the source: Node 20 starts no thread from a .ts file, so it is bundled as the build does it.
import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

const ROOT = join(import.meta.dirname, "../..");
const SOURCES = ["src/validation", "src/domain"];
const FOLDER = join(ROOT, "node_modules/.cache/codex-bridge");

/** Path of the bundle; made anew where a source is newer. Several test processes may do it at once. */
export function buildValidationWorker(): string {
  const file = join(FOLDER, "validation-worker.mjs");
  const builtAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = SOURCES.flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name)));
  if (sources.every((path) => statSync(path).mtimeMs < builtAt)) return file;
  mkdirSync(FOLDER, { recursive: true });
  const draft = `${file}.${process.pid}`;
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: ["src/validation/validation-worker.ts"],
    outfile: draft,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "warning",
  });
  renameSync(draft, file);
  return file;
}
