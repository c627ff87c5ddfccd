// The processes of this machine, as far as the bridge may see them. Linux reads /proc; macOS asks `ps`.
import { readdirSync, readFileSync } from "node:fs";
import { uptime } from "node:os";

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
  /** Environment as `NAME=value` texts; undefined where it cannot be read. */
  environment(pid: number): readonly string[] | undefined;
  /** Command line, at most 200 characters; "" where it cannot be read. */
  commandLine(pid: number): string;
  /** The present, in the unit of `start`. */
  now(): number;
  /** Changes with each boot. */
  bootId(): string;
}

const COMMAND_CHARACTERS = 200;
/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The table of this platform. */
export function createProcessTable(platform: NodeJS.Platform): ProcessTable {
  return platform === "linux" ? createLinuxTable() : createPsTable();
}

function createLinuxTable(): ProcessTable {
  return {
    list: () =>
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map((name) => readStat(Number(name)))
        .filter((entry) => entry !== undefined),
    find: readStat,
    environment: (pid) => quietly(() => readFileSync(`/proc/${pid}/environ`, "utf8"))?.split("\0"),
    commandLine: (pid) => {
      const words = quietly(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "";
      return toCommand(words.replaceAll("\0", " "));
    },
    now: () => Math.floor(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * TICKS_PER_SECOND),
    bootId: () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
  };
}

function readStat(pid: number): ProcessEntry | undefined {
  const text = quietly(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return text === undefined ? undefined : parseStat(text);
}

/** A line of /proc/<pid>/stat as an entry; undefined for a zombie. The command's name may hold spaces and parentheses. */
export function parseStat(text: string): ProcessEntry | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields[0] ?? "Z";
  if (state === "Z" || state === "X") return undefined;
  return { pid: Number.parseInt(text, 10), ppid: Number(fields[1]), start: Number(fields[19]) };
}

function createPsTable(): ProcessTable {
  const read = (): PsEntry[] => parsePs(quietly(() => runPs(["-axo", "pid=,ppid=,stat=,lstart=,command="])) ?? "");
  return {
    list: read,
    find: (pid) => read().find((entry) => entry.pid === pid),
    // `ps eww` shows the environment behind the command line; values with spaces cannot be told apart.
    environment: (pid) => quietly(() => runPs(["eww", "-o", "command=", "-p", String(pid)]))?.split(" "),
    commandLine: (pid) => toCommand(quietly(() => runPs(["-o", "command=", "-p", String(pid)])) ?? ""),
    now: () => Math.floor(Date.now() / 1_000),
    bootId: () => String(Math.round((Date.now() / 1_000 - uptime()) / 60)),
  };
}

function runPs(args: readonly string[]): string {
  // Not imported at the top: Linux never needs it, and it would be a part of every start.
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  return execFileSync("ps", args, {
    encoding: "utf8",
    env: { LC_ALL: "C", PATH: "/bin:/usr/bin" },
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** A process as `ps` shows it. */
export interface PsEntry extends ProcessEntry {
  readonly command: string;
}

/** Output of `ps -axo pid=,ppid=,stat=,lstart=,command=` in the C locale; zombies are left out. */
export function parsePs(output: string): PsEntry[] {
  return output.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s?(.*)$/.exec(line);
    if (match === null || match[3]?.startsWith("Z") === true) return [];
    const start = Math.floor(Date.parse(match[4] ?? "") / 1_000);
    return [{ pid: Number(match[1]), ppid: Number(match[2]), start, command: match[5] ?? "" }];
  });
}

function toCommand(text: string): string {
  return text.trim().slice(0, COMMAND_CHARACTERS).toWellFormed();
}

function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
