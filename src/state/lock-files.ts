// Locks among all bridges with the same state folder: one file a lock, which names its holder. A lock whose holder is dead is free.
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { forEachInSlices } from "../domain/slices.ts";
import { readSmallText } from "../files/small-file.ts";
import { type LockHolder, parseHolder, toLockText } from "./lock-holder.ts";
import { createRenewal, createSilenceWatch } from "./lock-silence.ts";
import { createPrivateFile, isOldFile, listFolder, toFileErrorCode, writePrivateFile } from "./private-files.ts";

/** What came of an attempt. */
export type LockAttempt =
  | {
      readonly kind: "taken";
      /** Whether the holder before had died with it: what that left running may still be at work. */
      readonly wasLeft: boolean;
      /** Never throws. */
      release(): void;
    }
  | LockHeld;

/** A lock that somebody else has. */
export interface LockHeld {
  readonly kind: "held";
  readonly holder: LockHolder;
  /** Whether the holder certainly lives; of one in another container or on another machine that cannot be said from here. */
  readonly isSeenAlive: boolean;
  /** File of the lock: without it the lock is free. */
  readonly path: string;
}

/** Locks by key; a key is a file name. */
export interface LockFiles {
  /** Takes a lock, or tells who has it. Throws what the file system throws. */
  take(key: string): LockAttempt;
  /** Who has a lock; undefined where it is free. Takes nothing. Throws what the file system throws. */
  look(key: string): LockHeld | undefined;
  /** Does something short while holding a lock; nothing where somebody else has it. */
  whileFree(key: string, act: () => void): void;
  /** For the end of the bridge: what a turn has not come to release. */
  releaseAll(): void;
  /** Removes locks that dead bridges left before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** What locks are made of. */
export interface LockFilesOptions {
  readonly stateDir: string;
  /** This bridge. */
  readonly own: Omit<LockHolder, "since">;
  readonly judge: (holder: LockHolder) => "alive" | "dead" | "unknown";
  /** Told of a holder that could not be looked up and has let its lock go silent: it is dead. */
  readonly onSilent?: (holder: LockHolder) => void;
  readonly clock: () => number;
  /** Ms that only grow; for tests. */
  readonly monotonic?: () => number;
}

/** More rounds than this say that something else is wrong: each one means that a neighbour took or released the lock just now. */
const MOST_ROUNDS = 100;
const SUFFIX = ".json";

/** Lock files below a state folder. */
export function createLockFiles(options: LockFilesOptions): LockFiles {
  const { stateDir, own, judge, clock } = options;
  const folder = join(stateDir, "locks");
  const toPath = (key: string): string => join(folder, `${key}${SUFFIX}`);
  const held = new Map<string, string>();
  /** Own locks that could not be removed. */
  const stuck = new Set<string>();
  const renewal = createRenewal(() => held.keys());
  const isSilent = createSilenceWatch(options.monotonic ?? (() => performance.now()));

  function findHeld(path: string, text: string): LockHeld | undefined {
    const parsed = stuck.has(text) ? undefined : parseHolder(text);
    if (parsed === undefined) return undefined;
    const { holder, isOurShape } = parsed;
    const liveness = isOurShape ? judge(holder) : "unknown";
    if (liveness === "dead") return undefined;
    if (liveness === "unknown" && isSilent(path, text)) {
      options.onSilent?.(holder);
      return undefined;
    }
    return { kind: "held", holder, isSeenAlive: liveness === "alive", path };
  }

  function win(path: string, text: string): LockHeld | { wasLeft: boolean } {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const found = readText(path);
      if (found === undefined) {
        if (createPrivateFile(path, text)) return { wasLeft: false };
        continue;
      }
      const heldBy = findHeld(path, found);
      if (heldBy !== undefined) return heldBy;
      // Two bridges may see the same dead lock. Only who holds the lock on that very text may replace it, and only while it is
      // there: neither can take away what the other has put in its place. It is a lock like any other, for its holder may die.
      const claim = `${path.slice(0, -SUFFIX.length)}.${toDigest(found)}${SUFFIX}`;
      const claimed = win(claim, text);
      if ("kind" in claimed) return claimed;
      try {
        if (readText(path) === found) {
          writePrivateFile(path, text);
          return { wasLeft: true };
        }
      } finally {
        rmSync(claim, { force: true });
      }
    }
    throw new Error(`the lock ${path} does not come to rest`);
  }

  function release(path: string): void {
    const text = held.get(path);
    held.delete(path);
    if (held.size === 0) renewal.stop();
    if (text === undefined) return;
    try {
      if (readText(path) === text) rmSync(path, { force: true });
    } catch {
      // The folder cannot be written any more: this bridge must not wait for itself, and the next one finds it dead.
      stuck.add(text);
    }
  }

  function take(path: string): LockAttempt {
    const text = toLockText({ ...own, since: clock() });
    const won = win(path, text);
    if ("kind" in won) return won;
    held.set(path, text);
    renewal.start();
    return { kind: "taken", wasLeft: won.wasLeft, release: () => release(path) };
  }

  function whileFree(path: string, act: () => void): void {
    const attempt = take(path);
    if (attempt.kind === "held") return;
    try {
      act();
    } finally {
      attempt.release();
    }
  }

  return {
    take: (key) => take(toPath(key)),
    look: (key) => {
      const text = readText(toPath(key));
      return text === undefined ? undefined : findHeld(toPath(key), text);
    },
    whileFree: (key, act) => whileFree(toPath(key), act),
    releaseAll: () => {
      for (const path of held.keys()) release(path);
    },
    sweep: (before, signal) => {
      const names = listFolder(folder).filter((name) => name.endsWith(SUFFIX));
      const sweepOne = (name: string): void => {
        const path = join(folder, name);
        const text = isOldFile(path, before) ? readText(path) : undefined;
        // Not removed as it is: a neighbour may take it at this moment.
        if (text !== undefined && findHeld(path, text) === undefined) whileFree(path, () => {});
      };
      return forEachInSlices(names, sweepOne, signal);
    },
  };
}

function readText(path: string): string | undefined {
  try {
    return readSmallText(path);
  } catch (error) {
    if (toFileErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function toDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
