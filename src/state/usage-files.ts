// How much of an account's usage limits is used, as its last turn was told: the status line shows it. One small file for each Codex home.
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { createJsonFolder } from "./json-folder.ts";

const UsageSchema = z.object({
  codexHome: z.string(),
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
  find(codexHome: string): StoredUsage | undefined;
}

/** Creates access; nothing is created on disk before the first write. */
export function createUsageFiles(stateDir: string): UsageFiles {
  const folder = createJsonFolder<StoredUsage>(join(stateDir, "usage"), { schema: UsageSchema, version: 1 });
  const kept = new Map<string, string>();
  return {
    keep: (usage) => {
      const text = JSON.stringify(usage);
      if (kept.get(usage.codexHome) === text) return;
      kept.set(usage.codexHome, text);
      try {
        folder.write(toName(usage.codexHome), usage);
      } catch {
        // A full disk, or the file of a newer bridge.
      }
    },
    find: (codexHome) => {
      try {
        const stored = folder.read(toName(codexHome));
        return stored.kind === "record" && stored.value.codexHome === codexHome ? stored.value : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function toName(codexHome: string): string {
  return createHash("sha256").update(codexHome).digest("hex").slice(0, 16);
}
