// `codex-bridge statusline`: one line for Claude Code's status line, from the bridge's own files, and before it the lines of the command that
// was there before. It is started every few seconds, so it stays silent whatever is wrong: `codex-bridge doctor` is the place to hear of that.
import { createMachine } from "../app/machine.ts";
import { createMachineJobs } from "../app/machine-jobs.ts";
import { isRecord } from "../domain/guards.ts";
import { SILENT_LOGGER } from "../domain/logger.ts";
import type { Print } from "../domain/printed-line.ts";
import { runForBytes } from "../process/run-bytes.ts";
import { createReceiptFiles } from "../state/receipt-files.ts";
import { createUsageFiles } from "../state/usage-files.ts";
import { readRegisteredSettings } from "./registered-settings.ts";
import { toStatusLine } from "./status-words.ts";

/** Options of the command. */
export interface StatusLineCommand {
  readonly ownPath: string;
  /** Shell command whose lines come first; it gets the same input. */
  readonly wrap: string | undefined;
  readonly stdin: AsyncIterable<Buffer> & { readonly isTTY?: boolean; destroy(): unknown };
  readonly print: Print;
  /** Writes what the other command printed, as it is: it may have colours. */
  readonly write: (text: Buffer) => void;
}

const INPUT_BYTES = 1_048_576;
/** Claude Code writes its JSON at once. */
const INPUT_MS = 1_000;
const WRAP = { timeoutMs: 5_000, maxBytes: 65_536 };
const MOST_JOBS = 20;
const ENDS = new Set(["completed", "failed", "cancelled", "interrupted"]);

/** Runs the command; resolves with 0. */
export async function runStatusLine(command: StatusLineCommand): Promise<number> {
  const input = await readInput(command.stdin);
  const [wrapped, line] = await Promise.all([
    runWrapped(command.wrap, input),
    readLine(input, command.ownPath).catch(() => ""),
  ]);
  if (wrapped.length > 0) command.write(wrapped);
  if (line !== "") {
    if (wrapped.length > 0 && wrapped.at(-1) !== 0x0a) command.write(Buffer.from("\n"));
    command.print(line);
  }
  return 0;
}

async function readInput(stdin: StatusLineCommand["stdin"]): Promise<Buffer> {
  if (stdin.isTTY === true) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => stdin.destroy(), INPUT_MS);
  try {
    for await (const chunk of stdin) {
      chunks.push(chunk);
      if (chunks.reduce((total, { length }) => total + length, 0) > INPUT_BYTES) break;
    }
  } catch {
    // Ended by the timer.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

async function runWrapped(wrap: string | undefined, input: Buffer): Promise<Buffer> {
  if (wrap === undefined) return Buffer.alloc(0);
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const command = { file: "/bin/sh", args: ["-c", wrap], env, cwd: process.cwd(), input };
  const { stdout } = await runForBytes(command, { ...WRAP, signal: new AbortController().signal }).catch(() => ({
    stdout: Buffer.alloc(0),
  }));
  return stdout;
}

async function readLine(input: Buffer, ownPath: string): Promise<string> {
  const project = findProject(input);
  const { stateDir, codexHome, ...settings } = readRegisteredSettings(project, ownPath);
  const machine = createMachine({ stateDir, cwd: project, logger: SILENT_LOGGER });
  const { jobs } = createMachineJobs({
    ...{ ...settings, stateDir, cwd: project, machine, logger: SILENT_LOGGER },
    checkMayAct: () => {},
  });
  const listed = await jobs.list({ limit: MOST_JOBS });
  const [receipt] = createReceiptFiles(stateDir).listNewest(project, 1);
  return toStatusLine({
    now: Date.now(),
    jobs: listed.filter(({ state }) => !ENDS.has(state)),
    windows: createUsageFiles(stateDir).find(codexHome)?.windows ?? [],
    receipt,
  });
}

// The directory in which Claude Code starts its servers.
function findProject(input: Buffer): string {
  try {
    const told: unknown = JSON.parse(input.toString("utf8"));
    const workspace = isRecord(told) ? told["workspace"] : undefined;
    const folder = isRecord(workspace) ? workspace["project_dir"] : undefined;
    if (typeof folder === "string" && folder !== "") return folder;
  } catch {
    // A person started it by hand.
  }
  return process.cwd();
}
