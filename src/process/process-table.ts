// The processes of this machine, as far as the bridge may see them. Linux reads /proc; macOS asks `ps`.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { cutText } from "../domain/cut-text.ts";
import { isBlinding } from "../domain/machine-limits.ts";
import { createSpareFile } from "./spare-file.ts";

/** One living process. `start` tells it from a later one with the same pid; it is comparable with `ProcessTable.now`. */
export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  /** Linux: clock ticks since boot. macOS: epoch seconds. */
  readonly start: number;
}

/** Reads processes. Everything is a snapshot: any of it may be gone a moment later. */
export interface ProcessTable {
  /** Living processes; zombies are not among them. */
  list(): ProcessEntry[];
  /** One living process, or undefined. */
  find(pid: number): ProcessEntry | undefined;
  /** Whether a process is certainly not alive; one that cannot be read just now (too many open files, a `ps` that hangs) is not. */
  isGone(pid: number): boolean;
  /** Environment as `NAME=value` texts; undefined where it cannot be read. */
  environment(pid: number): readonly string[] | undefined;
  /** Environments of many at once, since `ps` costs a spawn each time it is asked; one that cannot be read is left out. */
  environments(pids: readonly number[]): ReadonlyMap<number, readonly string[]>;
  /** Command line, at most 200 characters; "" where it cannot be read. */
  commandLine(pid: number): string;
  /** Whether the whole command line has all of some words. */
  hasWords(pid: number, words: readonly string[]): boolean;
  /** The present, in the unit of `start`. */
  now(): number;
  /** Changes with each boot. */
  bootId(): string;
  /** Pid namespace of this process, where there are such and it can be read: a pid says something only within its own (containers have one each). */
  pidNamespace(): string | undefined;
  /** Epoch ms of the boot, by the clock as it is set now; 0 where every boot looks the same. */
  bootedAt(): number;
}

const COMMAND_CHARACTERS = 200;
/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The table of this platform. */
export function createProcessTable(platform: NodeJS.Platform): ProcessTable {
  return platform === "linux" ? createLinuxTable() : createPsTable();
}

// Nothing here takes "could not be read just now" (too many open files) for "not there": that throws.
function createLinuxTable(): ProcessTable {
  const spared = createSpareFile();
  const read = (path: string): string => spared(() => readFileSync(path, "utf8"));
  const readIfAny = (path: string): string | undefined => quietly(() => read(path));
  const readStat = (pid: number): ProcessEntry | undefined => {
    const text = readIfAny(`/proc/${pid}/stat`);
    return text === undefined ? undefined : parseStat(text);
  };
  const environment = (pid: number): readonly string[] | undefined => readIfAny(`/proc/${pid}/environ`)?.split("\0");
  const now = (): number => Math.floor(Number(read("/proc/uptime").split(" ")[0]) * TICKS_PER_SECOND);
  return {
    list: () =>
      spared(() => readdirSync("/proc"))
        .filter((name) => /^\d+$/.test(name))
        .map((name) => readStat(Number(name)))
        .filter((entry) => entry !== undefined),
    find: readStat,
    isGone: (pid) => {
      try {
        return parseStat(read(`/proc/${pid}/stat`)) === undefined;
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : undefined;
        return code === "ENOENT" || code === "ESRCH";
      }
    },
    environment,
    environments: (pids) => {
      const result = new Map<number, readonly string[]>();
      for (const pid of pids) {
        const texts = environment(pid);
        if (texts !== undefined) result.set(pid, texts);
      }
      return result;
    },
    commandLine: (pid) => toCommand((readIfAny(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ")),
    hasWords: (pid, words) => {
      const own = (readIfAny(`/proc/${pid}/cmdline`) ?? "").split("\0");
      return words.every((word) => own.includes(word));
    },
    now,
    // Asked for each record and lock, and the same as long as this process lives.
    bootId: once(() => read("/proc/sys/kernel/random/boot_id").trim()),
    pidNamespace: once(() => quietly(() => readlinkSync("/proc/self/ns/pid"))),
    bootedAt: () => Date.now() - (now() * 1_000) / TICKS_PER_SECOND,
  };
}

/** A line of /proc/<pid>/stat as an entry; undefined for a zombie. The command's name may hold spaces and parentheses. */
export function parseStat(text: string): ProcessEntry | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields[0] ?? "Z";
  if (state === "Z" || state === "X") return undefined;
  return { pid: Number.parseInt(text, 10), ppid: Number(fields[1]), start: Number(fields[19]) };
}

const PS_COLUMNS = "pid=,ppid=,stat=,lstart=";
/** A `ps` that hangs must not stop the bridge. */
const PS_TIMEOUT_MS = 2_000;
/** Node's own limit of 1 MiB is less than the environments of a busy machine. */
const PS_BYTES = 67_108_864;

function createPsTable(): ProcessTable {
  // `ps eww` shows the environment behind the command line; values with spaces cannot be told apart.
  const environments = (pids: readonly number[]): Map<number, readonly string[]> =>
    pids.length === 0 ? new Map() : parsePsWords(runPs(["eww", "-o", "pid=,command=", "-p", pids.join(",")]));
  return {
    list: () => parsePs(runPs(["-axo", PS_COLUMNS])),
    find: (pid) => parsePs(runPs(["-o", PS_COLUMNS, "-p", String(pid)])).find((entry) => entry.pid === pid),
    // Our own line is always there: without it `ps` has not answered.
    isGone: (pid) => {
      const found = parsePs(runPs(["-o", PS_COLUMNS, "-p", `${pid},${process.pid}`])).map((entry) => entry.pid);
      return found.includes(process.pid) && !found.includes(pid);
    },
    environment: (pid) => environments([pid]).get(pid),
    environments,
    commandLine: (pid) => toCommand(runPs(["-o", "command=", "-p", String(pid)])),
    // As with environments, words with spaces cannot be told apart.
    hasWords: (pid, words) => {
      const own = ` ${runPs(["-ww", "-o", "command=", "-p", String(pid)]).trim()} `;
      return words.every((word) => own.includes(` ${word} `));
    },
    now: () => Math.floor(Date.now() / 1_000),
    // Start times are of the calendar here, so none comes again after a boot; a boot time reckoned from a clock that is set
    // would differ between two bridges of one boot, and each would take the other for dead.
    bootId: () => "calendar",
    pidNamespace: () => undefined,
    bootedAt: () => 0,
  };
}

function runPs(args: readonly string[]): string {
  // Not imported at the top: Linux never needs it, and it would be a part of every start.
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  // Not by its exit code: that tells of one missing pid among many. UTC: `start` must not depend on TZ, which our own clock ignores.
  const { stdout } = spawnSync("ps", args, {
    encoding: "utf8",
    env: { LC_ALL: "C", TZ: "UTC", PATH: "/bin:/usr/bin" },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: PS_TIMEOUT_MS,
    maxBuffer: PS_BYTES,
  });
  return stdout ?? "";
}

/** Output of `ps -axo pid=,ppid=,stat=,lstart=` in the C locale and UTC; zombies are left out. */
export function parsePs(output: string): ProcessEntry[] {
  return output.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s*$/.exec(line);
    if (match === null || match[3]?.startsWith("Z") === true) return [];
    const start = Math.floor(Date.parse(`${match[4]} UTC`) / 1_000);
    return [{ pid: Number(match[1]), ppid: Number(match[2]), start }];
  });
}

// Lines of `pid words…`, the command's words and then the environment's.
function parsePsWords(output: string): Map<number, readonly string[]> {
  const result = new Map<number, readonly string[]>();
  for (const line of output.split("\n")) {
    const match = /^\s*(\d+)\s(.*)$/.exec(line);
    if (match !== null) result.set(Number(match[1]), (match[2] ?? "").split(" "));
  }
  return result;
}

function toCommand(text: string): string {
  return cutText(text.trim(), COMMAND_CHARACTERS);
}

function once<Value>(read: () => Value): () => Value {
  let kept: { readonly value: Value } | undefined;
  return () => {
    kept ??= { value: read() };
    return kept.value;
  };
}

function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch (error) {
    if (isBlinding(error)) throw error;
    return undefined;
  }
}
