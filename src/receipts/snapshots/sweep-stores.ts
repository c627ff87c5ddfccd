// Removes the stores of receipts that are gone.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { listFolder } from "../../state/private-files.ts";
import { STORE_MS, STORES_FOLDER } from "./snapshot-store.ts";

/** Removes the stores that were given up before `before` (epoch ms). Never rejects. */
export async function sweepStores(stateDir: string, before: number): Promise<void> {
  const folder = join(stateDir, STORES_FOLDER);
  for (const name of listFolder(folder)) {
    const period = Number(/^[0-9a-f]{24}-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(period) || (period + 1) * STORE_MS >= before) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}
