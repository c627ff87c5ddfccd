// `codex-bridge threads`: lists and searches the threads of this directory, and shows one with the command that opens it in a terminal.
import { createThreadParts } from "../agents/codex/codex-parts.ts";
import { createEnvFileReader, createHomeRedactor } from "../agents/codex/config/env-file.ts";
import { isDefaultHome } from "../agents/codex/config/home.ts";
import { createMachine, type Machine } from "../app/machine.ts";
import type { CallContext } from "../delegation/requests.ts";
import type {
  ListRequest,
  OpenState,
  ShownThread,
  ThreadPage,
  ThreadReader,
  ThreadView,
} from "../delegation/stored-threads/stored-threads.ts";
import { createThreadReader } from "../delegation/stored-threads/thread-reader.ts";
import { createSessionStore } from "../delegation/threads/session-store.ts";
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { CODEX } from "../domain/agents.ts";
import { countOf } from "../domain/count-of.ts";
import { BridgeError } from "../domain/errors.ts";
import { SILENT_LOGGER } from "../domain/logger.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { type Print, type PrintedLine, paint, type Style } from "../domain/printed-line.ts";
import { toShellWords } from "../domain/shell-words.ts";
import { resolveRealPath } from "../files/real-path.ts";
import type { Settings } from "../settings/settings.ts";
import { createThreadFiles } from "../state/thread-files.ts";
import { describeWalk } from "../tools/thread-entry.ts";
import { readRegisteredSettings } from "./registered-settings.ts";

/** Options of the command. */
export interface ThreadsCommand {
  readonly ownPath: string;
  readonly id: string | undefined;
  readonly search: string | undefined;
  readonly isAll: boolean;
  readonly withArchived: boolean;
  readonly isJson: boolean;
  readonly print: Print;
}

const MOST_LISTED = 20;
const OPEN: Readonly<Record<OpenState, { readonly text: string; readonly style: Style }>> = {
  no: { text: "", style: "gray" },
  here: { text: "open", style: "cyan" },
  elsewhere: { text: "open", style: "cyan" },
  unknown: { text: "open?", style: "gray" },
};
/** Nobody cancels a command but by ending it. */
const CALL: CallContext = {
  signal: new AbortController().signal,
  report: () => {},
  canReport: false,
  canTask: false,
};

/** Runs the command; resolves with the exit code. Throws BridgeError. */
export async function runThreads(command: ThreadsCommand): Promise<number> {
  const { id, search, isAll, withArchived } = command;
  if (id !== undefined && search !== undefined)
    throw new BridgeError("INVALID_ARGUMENT", "threads takes an id or --search, not both.");
  const settings = readRegisteredSettings(process.cwd(), command.ownPath);
  const machine = createMachine({ stateDir: settings.stateDir, cwd: process.cwd(), logger: SILENT_LOGGER });
  const reader = openReader(settings, machine);
  if (id !== undefined) {
    const { threadId } = (await reader.read(id)).thread;
    await freeThread(threadId, settings, machine);
    return showThread(await reader.read(id), settings, command);
  }
  const request: ListRequest = { isEverywhere: isAll, withArchived, most: MOST_LISTED };
  if (search === undefined) return listThreads(await reader.list(request, CALL), command);
  const page = await reader.search(search, request, CALL);
  const inPart = page.searchedInPart === 0 ? "" : `, ${page.searchedInPart} of them in part`;
  return listThreads(page, command, `${countOf(page.searched, "thread")} searched${inPart}.`);
}

// A bridge that keeps the thread warm would hold up the terminal in which it is opened next. One with a running turn is not asked: it would
// not let go.
async function freeThread(threadId: string, { codexHome }: Settings, { openThreads }: Machine): Promise<void> {
  const use = (await createThreadParts("codex-exec", codexHome).findStoredThread(threadId))?.use;
  if (use !== "running") await openThreads.ask(threadId);
}

function openReader(settings: Settings, { locks }: Machine): ThreadReader {
  const { stateDir, codexHome, sessionTtlMs: ttlMs, maxSessions } = settings;
  const cwd = process.cwd();
  const clock = Date.now;
  const files = createThreadFiles(stateDir);
  return createThreadReader({
    // It only reads, so it takes the threads of every backend.
    backend: { ...createThreadParts("codex-exec", codexHome), continues: ["codex-app-server"] },
    agent: CODEX,
    agents: [CODEX],
    sessions: createSessionStore({ ttlMs, maxSessions, clock, files, project: cwd }),
    locks,
    ownPid: process.pid,
    baseDir: cwd,
    roots: settings.roots.map((root) => resolveRealPath(root)),
    redact: createHomeRedactor(process.env, createEnvFileReader(codexHome)),
    clock,
  });
}

type Listed = ShownThread & { readonly excerpt?: string | undefined };

function listThreads(page: ThreadPage<Listed>, { isAll, isJson, print }: ThreadsCommand, searched?: string): number {
  const { threads } = page;
  if (isJson) {
    print(JSON.stringify(threads, null, 2));
    return 0;
  }
  for (const line of threads.flatMap((thread) => toLines(thread, page.base, Date.now()))) print(line);
  if (threads.length === 0)
    print(isAll ? "No threads." : "No threads of this directory; --all lists those of every one.");
  const notes = [searched, ...describeWalk(page), ...page.warnings].filter((text) => text !== undefined);
  if (notes.length > 0) print(paintLine(notes.join(" ")));
  if (threads.length > 0) print(paintLine("codex-bridge threads ID shows one, and the command that opens it here."));
  return 0;
}

const paintLine = (text: string): PrintedLine => [paint("gray", text)];

function toLines(thread: Listed, base: string, now: number): PrintedLine[] {
  const { threadId, sessionId, name, title, cwd, sandbox, startedBy, lastUsedAt, open, isArchived, excerpt } = thread;
  const label = sessionId ?? name;
  const words = title === undefined ? "" : toPrintableLine(title);
  const state = isArchived ? { text: "archived", style: "gray" as const } : OPEN[open];
  return [
    [
      `${threadId} `,
      `${describeAge(Math.max(0, now - lastUsedAt))}`.padStart(12),
      `  ${(sandbox ?? "unknown sandbox").padEnd(18)}  ${toPrintableLine(startedBy).padEnd(12)}  `,
      paint(state.style, state.text.padEnd(8)),
      ...(label === undefined ? [] : ["  ", paint("bold", toPrintableLine(label))]),
      `  ${words}`,
      ...(cwd === base ? [] : [`  ${toPrintableLine(cwd)}`]),
    ],
    ...(excerpt === undefined ? [] : [paintLine(`    ${toPrintableLine(excerpt)}`)]),
  ];
}

function showThread({ thread, messages, warnings }: ThreadView, settings: Settings, command: ThreadsCommand): number {
  const { isJson, print } = command;
  const opening = toOpening(thread, settings);
  if (isJson) {
    print(JSON.stringify({ ...thread, messages, open: thread.open, command: opening }, null, 2));
    return 0;
  }
  const { threadId, sessionId, name, title, cwd, sandbox, model, reasoningEffort, startedBy, lastUsedAt } = thread;
  print([paint("bold", threadId), `  ${toPrintableLine(sessionId ?? name ?? title ?? "")}`]);
  const frame = [sandbox, model, reasoningEffort].filter((word) => word !== undefined).join(", ");
  print(`${toPrintableLine(cwd)}  ${toPrintableLine(frame)}`);
  print(`Started by ${toPrintableLine(startedBy)}, last used ${describeAge(Math.max(0, Date.now() - lastUsedAt))}.`);
  for (const { role, text } of messages) print(["\n", paint("cyan", role === "user" ? "User: " : "Codex: "), text]);
  for (const warning of warnings) print([paint("yellow", warning)]);
  print("");
  print(describeOpen(thread));
  print([paint("bold", opening)]);
  return 0;
}

function describeOpen({ open, isArchived }: ShownThread): string {
  if (isArchived) return "It is archived. To bring it back and open it:";
  if (open === "no") return "To open it in a terminal:";
  if (open === "unknown") return "To open it in a terminal, if no other program has it open:";
  return "Another program has it open. To open it in a terminal once that has closed it:";
}

// Codex's home is named where the terminal's Codex would use another one.
function toOpening({ threadId, cwd, isArchived }: ShownThread, { codexHome, codexBin = "codex" }: Settings): string {
  const { env } = process;
  const isUsual = env["CODEX_HOME"] === codexHome || (!env["CODEX_HOME"] && isDefaultHome(codexHome, env));
  const home = isUsual ? "" : `CODEX_HOME=${toShellWords([codexHome])} `;
  const open = `${home}${toShellWords([codexBin, "resume", threadId, "-C", cwd])}`;
  return isArchived ? `${home}${toShellWords([codexBin, "unarchive", threadId])} && ${open}` : open;
}
