// Removes the stores of receipts that are gone.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { listFolder } from "../../state/private-files.ts";
import { STORE_MS, STORES_FOLDER } from "./snapshot-store.ts";

/** Removes the stores that were given up before `before` (epoch ms) and are not in use. Never rejects. */
export async function sweepStores(
  stateDir: string,
  before: number,
  isInUse: (folder: string) => boolean,
): Promise<void> {
  const folder = join(stateDir, STORES_FOLDER);
  for (const name of listFolder(folder)) {
    const period = Number(/^[0-9a-f]{24}-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    const store = join(folder, name);
    if (Number.isNaN(period) || (period + 1) * STORE_MS >= before || isInUse(store)) continue;
    await rm(store, { recursive: true, force: true }).catch(() => {});
  }
}
