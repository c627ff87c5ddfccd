// Locks among all bridges with the same state folder. A lock is a file that names its holder; it is free once its holder is dead.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { forEachInSlices } from "../domain/slices.ts";
import { readSmallText } from "../files/small-file.ts";
import type { BridgeBell } from "./bridge-bell.ts";
import { createHolderJudge, type HolderJudgeOptions } from "./holder-judge.ts";
import { type LockHolder, parseHolder, toLockText } from "./lock-holder.ts";
import { createRenewal } from "./lock-renewal.ts";
import {
  createPrivateFile,
  isOldFile,
  listFolder,
  removeFile,
  toFileErrorCode,
  writePrivateFile,
} from "./private-files.ts";

/** The result of an attempt to take a lock. */
export type LockAttempt =
  | {
      readonly kind: "taken";
      /** Whether the holder before died without releasing it: processes that it started may still run. */
      readonly wasLeft: boolean;
      /** Never throws. */
      release(): void;
    }
  | LockHeld;

/** A lock that another bridge holds. */
export interface LockHeld {
  readonly kind: "held";
  readonly holder: LockHolder;
  /** True where the holder certainly lives. False for a holder in another container or on another machine, which cannot be looked up from here. */
  readonly isSeenAlive: boolean;
  /** File of the lock. To remove it frees the lock. */
  readonly path: string;
}

/** Locks by key. A key is a file name without `.json`. */
export interface LockFiles {
  /** Takes a lock, or returns its holder. Throws what the file system throws. */
  take(key: string): LockAttempt;
  /** Returns the holder of a lock without taking it; undefined where it is free. Throws what the file system throws. */
  look(key: string): LockHeld | undefined;
  /** Runs `act`, which must be short, while holding a lock. Does nothing where another bridge holds it. */
  whileFree(key: string, act: () => void): void;
  /** Releases every lock of this bridge, at its end. */
  releaseAll(): void;
  /** Removes locks that dead bridges left before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** Options of createLockFiles. */
export interface LockFilesOptions extends HolderJudgeOptions {
  /** This bridge. */
  readonly own: Omit<LockHolder, "since">;
  readonly clock: () => number;
  /** Proves to other bridges that this one lives, while it holds a lock. */
  readonly bell?: BridgeBell;
}

/** Each round means that another bridge took or released the lock at this moment, so more rounds than this mean that something else is wrong. */
const MOST_ROUNDS = 100;
const SUFFIX = ".json";

/** Creates access to the locks of a state folder. */
export function createLockFiles(options: LockFilesOptions): LockFiles {
  const { stateDir, own, clock } = options;
  const folder = join(stateDir, "locks");
  const toPath = (key: string): string => join(folder, `${key}${SUFFIX}`);
  const held = new Map<string, string>();
  /** Own locks that could not be removed. */
  const stuck = new Set<string>();
  const renewal = createRenewal(() => held.keys());
  const judge = createHolderJudge(options);

  function findHeld(path: string, text: string): LockHeld | undefined {
    const parsed = stuck.has(text) ? undefined : parseHolder(text);
    if (parsed === undefined) return undefined;
    const { holder, isOurShape } = parsed;
    const liveness = judge(path, text, holder, isOurShape);
    if (liveness === "dead") return undefined;
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
      // Two bridges may see the same dead lock. To replace it, a bridge takes a second lock (the claim) that is named after the dead
      // lock's text, and checks that the text is still there. So neither bridge can remove a lock that the other has just put there.
      // The claim is a lock like any other, since its holder may die too.
      const claim = `${path.slice(0, -SUFFIX.length)}.${toDigest(found)}${SUFFIX}`;
      const claimed = win(claim, text);
      if ("kind" in claimed) return claimed;
      try {
        if (readText(path) === found) {
          writePrivateFile(path, text);
          return { wasLeft: true };
        }
      } finally {
        removeFile(claim);
      }
    }
    throw new Error(`the lock ${path} does not come to rest`);
  }

  function release(path: string): void {
    const text = held.get(path);
    held.delete(path);
    if (held.size === 0) {
      renewal.stop();
      options.bell?.close();
    }
    if (text === undefined) return;
    try {
      if (readText(path) === text) removeFile(path);
    } catch {
      // The folder has become read-only. This bridge must not wait for its own lock; the others free it once this bridge has ended.
      stuck.add(text);
    }
  }

  function take(path: string, isShort = false): LockAttempt {
    const text = toLockText({ ...own, bell: options.bell?.name, since: clock() });
    const won = win(path, text);
    if ("kind" in won) return won;
    held.set(path, text);
    renewal.start();
    if (!isShort) options.bell?.open();
    return { kind: "taken", wasLeft: won.wasLeft, release: () => release(path) };
  }

  function whileFree(path: string, act: () => void): void {
    const attempt = take(path, true);
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
        // Taken and released rather than removed: another bridge may take it at this moment.
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
