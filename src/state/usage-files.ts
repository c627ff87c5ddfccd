// How much of an account's usage limits is used, as its last turn was told: the status line shows it, and work goes to another agent by it. One small
// file for each account.
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { createJsonFolder } from "./json-folder.ts";

const UsageSchema = z.object({
  /** Whose usage it is: the Codex home, or what its agent makes of its own. */
  account: z.string(),
  /** When it was told first as it is, epoch ms. */
  toldAt: z.number(),
  /** Whether turns go on at 100 %, on credits. */
  hasCredits: z.boolean().optional(),
  /** The shorter window first. */
  windows: z.array(
    z.object({
      /** 0 to 100. */
      usedPercent: z.number(),
      minutes: z.number().optional(),
      /** Unix seconds. */
      resetsAt: z.number().optional(),
    }),
  ),
});

/** The limits of one account. */
export type StoredUsage = z.infer<typeof UsageSchema>;

/** Access to the files below a state folder. Nothing here throws: the status line does without. */
export interface UsageFiles {
  /** Written only if it differs from what this bridge has written before. */
  keep(usage: StoredUsage): void;
  find(account: string): StoredUsage | undefined;
}

/** Creates access; nothing is created on disk before the first write. */
export function createUsageFiles(stateDir: string): UsageFiles {
  const folder = createJsonFolder<StoredUsage>(join(stateDir, "usage"), { schema: UsageSchema, version: 1 });
  const kept = new Map<string, string>();
  return {
    keep: (usage) => {
      const text = JSON.stringify({ ...usage, toldAt: 0 });
      if (kept.get(usage.account) === text) return;
      kept.set(usage.account, text);
      try {
        folder.write(toName(usage.account), usage);
      } catch {
        // A full disk, or the file of a newer bridge.
      }
    },
    find: (account) => {
      try {
        const stored = folder.read(toName(account));
        return stored.kind === "record" && stored.value.account === account ? stored.value : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function toName(account: string): string {
  return createHash("sha256").update(account).digest("hex").slice(0, 16);
}
