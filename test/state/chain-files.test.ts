// Records of chains, counted by several bridges at once.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { createChainFiles } from "../../src/state/chain-files.ts";

const BRIDGES = 4;
const COUNTS = 25;

const ROOT = join(import.meta.dirname, "../..");

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "chains-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("no count is lost where several bridges count one chain at once", async () => {
  const folder = makeFolder();
  const script = join(folder, "count.mjs");
  await build({
    stdin: {
      contents: `
        import { createMachine } from "./src/app/machine.ts";
        import { createChainFiles } from "./src/state/chain-files.ts";
        import { SILENT_LOGGER } from "./src/domain/logger.ts";
        const [stateDir] = process.argv.slice(2);
        const { locks } = createMachine({ stateDir, cwd: "/", logger: SILENT_LOGGER });
        const files = createChainFiles(stateDir, locks);
        const begun = { id: "ch-chain00001", hops: [], depth: 1, deadline: 1, calls: 0, tokens: 0, budget: {}, prompts: [] };
        for (let round = 0; round < ${COUNTS}; round += 1) {
          await files.change("ch-chain00001", (found) => {
            const chain = found.kind === "record" ? found.chain : begun;
            return { ...chain, calls: chain.calls + 1 };
          });
        }
        locks.releaseAll();`,
      resolveDir: ROOT,
    },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: script,
    logLevel: "silent",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  const stateDir = join(folder, "state");
  const bridges = Array.from({ length: BRIDGES }, () =>
    spawn(process.execPath, [script, stateDir], { stdio: ["ignore", "ignore", "inherit"] }),
  );
  const codes = await Promise.all(bridges.map(async (bridge) => ((await once(bridge, "exit")) as [number])[0]));
  expect(codes).toEqual(codes.map(() => 0));
  const found = createChainFiles(stateDir, { whileFree: () => {} }).find("ch-chain00001");
  expect(found).toMatchObject({ kind: "record", chain: { calls: BRIDGES * COUNTS } });
  expect(readdirSync(join(stateDir, "locks"))).toEqual([]);
}, 60_000);

test("a record whose lock is never free is told, and old ones are removed", async () => {
  const stateDir = makeFolder();
  const free = createChainFiles(stateDir, { whileFree: (_key, act) => act() });
  const chain = { id: "ch-chain00001", hops: [], depth: 1, deadline: 1, calls: 1, tokens: 0, budget: {}, prompts: [] };
  await free.change(chain.id, () => chain);
  await free.sweep(Date.now() - 1_000);
  expect(free.find(chain.id).kind).toBe("record");
  utimesSync(join(stateDir, "chains", `${chain.id}.json`), 1, 1);
  await free.sweep(Date.now() - 1_000);
  expect(free.find(chain.id).kind).toBe("absent");
  const locked = createChainFiles(stateDir, { whileFree: () => {} }, { lockWaitMs: 30 });
  await expect(locked.change(chain.id, () => chain)).rejects.toThrow("stays locked");
});
