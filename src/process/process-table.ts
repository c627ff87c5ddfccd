// The processes of this machine that the bridge can see. Read from /proc on Linux and from `ps` on macOS.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { cutText } from "../domain/cut-text.ts";
import { isBlinding } from "../domain/machine-limits.ts";
import { createSpareFile } from "./spare-file.ts";

/** One living process. `start` distinguishes it from a later process with the same pid, and is comparable with `ProcessTable.now`. */
export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  /** Linux: clock ticks since boot. macOS: epoch seconds. */
  readonly start: number;
  /** Session: the pid of the process that began it. Linux only. The number is not given to another process while the session has one. */
  readonly session?: number;
}

/** Reads processes. Every answer is a snapshot: a process may be gone a moment later. */
export interface ProcessTable {
  /** Living processes, without zombies. */
  list(): ProcessEntry[];
  /** One living process, or undefined. */
  find(pid: number): ProcessEntry | undefined;
  /** True only where a process is certainly not alive. False where it cannot be read just now (too many open files, a `ps` that hangs). */
  isGone(pid: number): boolean;
  /** Environment as `NAME=value` texts; undefined where it cannot be read. */
  environment(pid: number): readonly string[] | undefined;
  /** Environments of many processes at once, since `ps` costs a spawn per call. Those that cannot be read are left out. */
  environments(pids: readonly number[]): ReadonlyMap<number, readonly string[]>;
  /** Command line, at most 200 characters; "" where it cannot be read. */
  commandLine(pid: number): string;
  /** Whether the whole command line contains all of these words. */
  hasWords(pid: number, words: readonly string[]): boolean;
  /** The current time, in the unit of `start`. */
  now(): number;
  /** Changes with each boot. */
  bootId(): string;
  /** Pid namespace of this process, in which its pids are valid (each container has its own). Undefined where there are none, or where it cannot be read. */
  pidNamespace(): string | undefined;
  /** Time of the boot (epoch ms) by the current clock; 0 where boots cannot be told apart. */
  bootedAt(): number;
}

const COMMAND_CHARACTERS = 200;
/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The table of this platform. */
export function createProcessTable(platform: NodeJS.Platform): ProcessTable {
  return platform === "linux" ? createLinuxTable() : createPsTable();
}

// An error that says nothing about a process (too many open files) is thrown, never taken for "there is no such process".
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
    // Cached: asked for each record and lock, and constant while this process lives.
    bootId: once(() => read("/proc/sys/kernel/random/boot_id").trim()),
    pidNamespace: once(() => quietly(() => readlinkSync("/proc/self/ns/pid"))),
    bootedAt: () => Date.now() - (now() * 1_000) / TICKS_PER_SECOND,
  };
}

/** Parses /proc/<pid>/stat; undefined for a zombie. The command's name may contain spaces and parentheses. */
export function parseStat(text: string): ProcessEntry | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields[0] ?? "Z";
  if (state === "Z" || state === "X") return undefined;
  const [pid, session] = [Number.parseInt(text, 10), Number(fields[3])];
  return { pid, ppid: Number(fields[1]), start: Number(fields[19]), session };
}

const PS_COLUMNS = "pid=,ppid=,stat=,lstart=";
/** A `ps` that hangs must not stop the bridge. */
const PS_TIMEOUT_MS = 2_000;
/** The environments of a busy machine exceed Node's default of 1 MiB. */
const PS_BYTES = 67_108_864;

function createPsTable(): ProcessTable {
  // `ps eww` prints the environment after the command line; values that contain spaces cannot be told apart.
  const environments = (pids: readonly number[]): Map<number, readonly string[]> =>
    pids.length === 0 ? new Map() : parsePsWords(runPs(["eww", "-o", "pid=,command=", "-p", pids.join(",")]));
  return {
    list: () => parsePs(runPs(["-axo", PS_COLUMNS])),
    find: (pid) => parsePs(runPs(["-o", PS_COLUMNS, "-p", String(pid)])).find((entry) => entry.pid === pid),
    // Our own process is always listed: without its line `ps` has not answered.
    isGone: (pid) => {
      const found = parsePs(runPs(["-o", PS_COLUMNS, "-p", `${pid},${process.pid}`])).map((entry) => entry.pid);
      return found.includes(process.pid) && !found.includes(pid);
    },
    environment: (pid) => environments([pid]).get(pid),
    environments,
    commandLine: (pid) => toCommand(runPs(["-o", "command=", "-p", String(pid)])),
    // As with environments, words that contain spaces cannot be told apart.
    hasWords: (pid, words) => {
      const own = ` ${runPs(["-ww", "-o", "command=", "-p", String(pid)]).trim()} `;
      return words.every((word) => own.includes(` ${word} `));
    },
    now: () => Math.floor(Date.now() / 1_000),
    // Start times are calendar times here, so they are unique across boots. A boot time computed from the clock would differ between
    // two bridges once the clock is set, and each would take the other for dead.
    bootId: () => "calendar",
    pidNamespace: () => undefined,
    bootedAt: () => 0,
  };
}

function runPs(args: readonly string[]): string {
  // Loaded here, not at the top: Linux never needs it, and it would slow every start.
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  // The exit code is ignored, since one missing pid among many makes it 1. UTC: `start` must not depend on TZ, which our own clock ignores.
  const { stdout } = spawnSync("ps", args, {
    encoding: "utf8",
    env: { LC_ALL: "C", TZ: "UTC", PATH: "/bin:/usr/bin" },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: PS_TIMEOUT_MS,
    maxBuffer: PS_BYTES,
  });
  return stdout ?? "";
}

/** Parses the output of `ps -axo pid=,ppid=,stat=,lstart=` in the C locale and UTC, without zombies. */
export function parsePs(output: string): ProcessEntry[] {
  return output.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s*$/.exec(line);
    if (match === null || match[3]?.startsWith("Z") === true) return [];
    const start = Math.floor(Date.parse(`${match[4]} UTC`) / 1_000);
    return [{ pid: Number(match[1]), ppid: Number(match[2]), start }];
  });
}

// Lines of `pid words…`: the words of the command, then those of the environment.
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
