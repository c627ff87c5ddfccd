// The records of chains whose calls are counted, one small file a chain. Several bridges count one chain, so each count is made under a lock.
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { CHAIN_ID, HOP_WORD } from "../domain/chain.ts";
import { HopsSchema } from "./chain-shapes.ts";
import { createJsonFolder } from "./json-folder.ts";
import type { LockFiles } from "./lock-files.ts";

const Count = z.int().min(0);
const ChainSchema = z.object({
  id: z.string().regex(CHAIN_ID),
  /** Of the deepest link that was counted. */
  hops: HopsSchema,
  depth: Count,
  /** Epoch ms. */
  deadline: z.number(),
  /** Turns that were begun. */
  calls: Count,
  /** Tokens that ended turns used, input and output together. */
  tokens: Count,
  /** Narrowest budgets of the bridges that count here. */
  budget: z.object({ calls: Count.optional(), tokens: Count.optional() }),
  /** How often each prompt was sent between the same agents, oldest first. */
  prompts: z.array(z.object({ key: z.string().regex(HOP_WORD), count: Count })),
});

/** The record of a chain. */
export type StoredChain = z.infer<typeof ChainSchema>;

/** What there is of a record. */
export type FoundChain =
  | { readonly kind: "record"; readonly chain: StoredChain }
  | { readonly kind: "absent" }
  /** Why it cannot be counted on, the end of a sentence, and its path. */
  | { readonly kind: "unusable"; readonly reason: string; readonly path: string };

/** Access to the records. */
export interface ChainFiles {
  /** Throws what the file system throws where the file exists and cannot be read just now. */
  find(id: string): FoundChain;
  /**
   * Changes a record, or makes it, while no other bridge counts: `change` gives what is to be written, or undefined to leave it. Throws what
   * `change` and the file system throw, and ChainLockedError.
   */
  change(id: string, change: (found: FoundChain) => StoredChain | undefined): Promise<void>;
  /** Removes records that were last written before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** Another bridge has held the lock of a record all the time. A count takes a moment, so something else is wrong. */
export class ChainLockedError extends Error {}

/** 200 prompts take about 10 KiB. */
const RECORD_BYTES = 65_536;
const LOCK_WAIT_MS = 5_000;
const LOCK_STEP_MS = 10;

/** Chain files below a state folder; nothing is created before the first count. */
export function createChainFiles(
  stateDir: string,
  locks: Pick<LockFiles, "whileFree">,
  { uid = process.getuid?.(), lockWaitMs = LOCK_WAIT_MS }: { readonly uid?: number; readonly lockWaitMs?: number } = {},
): ChainFiles {
  const shape = { schema: ChainSchema, version: 1, maxBytes: RECORD_BYTES };
  const folder = createJsonFolder<StoredChain>(join(stateDir, "chains"), shape);

  function find(id: string): FoundChain {
    const path = folder.toPath(id);
    const stored = folder.read(id);
    if (stored.kind === "absent") return stored;
    const owner = statSync(path, { throwIfNoEntry: false })?.uid;
    if (uid !== undefined && owner !== undefined && owner !== uid) {
      return { kind: "unusable", reason: `belongs to another user (uid ${owner})`, path };
    }
    if (stored.kind === "newer") return { kind: "unusable", reason: "was written by a newer codex-bridge", path };
    if (stored.kind === "damaged" || stored.value.id !== id) return { kind: "unusable", reason: "is damaged", path };
    return { kind: "record", chain: stored.value };
  }

  return {
    find,
    change: async (id, change) => {
      for (const until = Date.now() + lockWaitMs; ; ) {
        let isDone = false;
        locks.whileFree(id, () => {
          isDone = true;
          const next = change(find(id));
          if (next !== undefined) folder.write(id, next);
        });
        if (isDone) return;
        if (Date.now() > until) throw new ChainLockedError(`the record of the chain ${id} stays locked`);
        await sleep(LOCK_STEP_MS);
      }
    },
    sweep: (before, signal) => folder.sweep(before, { signal }),
  };
}
