// The product's own TypeScript for a plain script, since Node 20 runs none: bundled into a folder of its own, and imported.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Gives what `contents` exports; its imports are relative to the project's root. */
export async function loadSource(contents) {
  const folder = mkdtempSync(join(tmpdir(), "codex-bridge-source-"));
  try {
    const outfile = join(folder, "source.mjs");
    await build({
      stdin: { contents, resolveDir: root, loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "node",
      outfile,
      logLevel: "error",
      // Bundled CommonJS asks for Node's own modules through `require`.
      banner: { js: 'import{createRequire as __r}from"node:module";const require=__r(import.meta.url);' },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
