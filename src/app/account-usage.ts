// How much of an agent's account is used, as its turns were told. No model and no service is asked for it.
import { statSync } from "node:fs";
import type { Clock } from "../domain/clock.ts";
import type { LimitWindow } from "../domain/usage-limits.ts";
import type { UsageFiles } from "../state/usage-files.ts";

/** The usage of one account. Nothing here throws. */
export interface AccountUsage {
  /** Keeps what a turn was told. */
  keep(told: { readonly windows: readonly LimitWindow[]; readonly hasCredits?: boolean | undefined }): void;
  /** The windows as they were told last; empty where nothing is known, the login has changed since, or turns go on with credits. */
  read(): readonly LimitWindow[];
}

/** Where it is kept, and whose it is. */
export interface AccountUsageOptions {
  readonly files: UsageFiles;
  /** Names the account in the files. */
  readonly account: string;
  /** File of the agent's login. */
  readonly loginFile: string;
  readonly clock: Clock;
}

/** Makes it. */
export function createAccountUsage({ files, account, loginFile, clock }: AccountUsageOptions): AccountUsage {
  return {
    keep: ({ windows, hasCredits }) => {
      if (windows.length > 0) files.keep({ account, toldAt: clock(), hasCredits, windows: [...windows] });
    },
    read: () => {
      const told = files.find(account);
      if (told === undefined || told.hasCredits === true || readChange(loginFile) > told.toldAt) return [];
      return told.windows.map(({ usedPercent, minutes, resetsAt }) => ({ usedPercent, minutes, resetsAt }));
    },
  };
}

// A login that a variable gives has no file.
function readChange(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
