// Finds out whether a program has a thread open. Codex 0.150 and later hold an flock on `thread-writer-locks/<thread>.lock` meanwhile
// (docs/codex-cli.md#writer-locks). To try the lock would take it for a moment, and a Codex that starts just then would fail. So the
// kernel's list of locks is read instead.
import { lstatSync, readlinkSync, type Stats, statfsSync } from "node:fs";
import { join } from "node:path";
import { readSmallTextIfAny } from "../../../files/small-file.ts";

/** Whether a thread is held by a program. */
export type WriterState = "held" | "free" | "unknown";

/** Tells it for a thread. `isLocking`: whether the thread was made by a CLI that locks. */
export type FindWriter = (threadId: string, isLocking: boolean) => WriterState;

/** What the answer depends on. */
export interface WriterSources {
  readonly codexHome: string;
  /** Text of `/proc/locks`; undefined where there is none (macOS). */
  readonly readLocks?: () => string | undefined;
  /** Whether that list has the locks of every process that may use the folder. */
  readonly isListWhole?: (folder: string) => boolean;
}

/** Reads the list of locks once, with the first question. */
export function createWriterFinder({
  codexHome,
  readLocks = () => readSmallTextIfAny("/proc/locks"),
  isListWhole = seesAllLocks,
}: WriterSources): FindWriter {
  const folder = join(codexHome, "thread-writer-locks");
  let locks: string | undefined;
  let hasRead = false;
  return (threadId, isLocking) => {
    const stat = lstatSync(join(folder, `${threadId}.lock`), { throwIfNoEntry: false });
    // Codex removes the file when it closes the thread. Older CLIs lock nothing, so a missing file says nothing of their threads.
    if (stat === undefined) return isLocking ? "free" : "unknown";
    if (!hasRead) locks = readLocks();
    hasRead = true;
    if (locks === undefined) return "unknown";
    const lock = findLock(locks, stat);
    if (lock !== undefined) return lock;
    // A killed Codex leaves the file.
    return isListWhole(folder) ? "free" : "unknown";
  };
}

// A line: `3: FLOCK  ADVISORY  WRITE 8969 fe:00:15469269 0 EOF`. Some file systems (btrfs, overlays) have other device numbers here than
// `stat` gives; then the inode alone is no proof.
function findLock(locks: string, { dev, ino }: Stats): WriterState | undefined {
  const inodes = [...locks.matchAll(/FLOCK .* ([0-9a-f]+:[0-9a-f]+):(\d+) /g)].filter(
    ([, , inode]) => inode === String(ino),
  );
  if (inodes.length === 0) return undefined;
  return inodes.some(([, device]) => device === toDevice(dev)) ? "held" : "unknown";
}

// Linux: 12 bits of the major number above 8 bits of the minor one, whose other bits stand above both.
function toDevice(dev: number): string {
  const hex = (number: number): string => number.toString(16).padStart(2, "0");
  return `${hex((dev >>> 8) & 0xfff)}:${hex((dev & 0xff) | ((dev >>> 12) & 0xfff00))}`;
}

/** Inode of the machine's first pid namespace. Another one does not see the locks of processes outside it. */
const FIRST_NAMESPACE = "pid:[4026531836]";
/** ext2 to ext4, xfs, btrfs, tmpfs. Locks on network file systems may belong to another machine. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994]);

function seesAllLocks(folder: string): boolean {
  try {
    return readlinkSync("/proc/self/ns/pid") === FIRST_NAMESPACE && LOCAL_TYPES.has(statfsSync(folder).type);
  } catch {
    return false;
  }
}
