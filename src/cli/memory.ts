// `codex-bridge memory`: searches and shows what agents have kept, carries it to files and back, and removes what is old.
import { createMemory } from "../app/memory.ts";
import { findProject } from "../delegation/memory/find-project.ts";
import type { Knowledge } from "../delegation/memory/knowledge.ts";
import { pickLines } from "../delegation/memory/matching-lines.ts";
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { BridgeError, toBridgeError } from "../domain/errors.ts";
import { listNames } from "../domain/list-names.ts";
import { sayThrown, toPrintableLine } from "../domain/printable.ts";
import { type Print, paint } from "../domain/printed-line.ts";
import { createRedactor } from "../domain/redact.ts";
import { MEMORY_KINDS, type MemoryEntry, type MemoryFilter } from "../memory/memory-store.ts";
import { exportEntries, importEntries } from "./memory-files.ts";
import { shareProject } from "./memory-share.ts";
import { readRegisteredSettings } from "./registered-settings.ts";

/** Options of the command. */
export interface MemoryCommand {
  readonly words: readonly string[];
  readonly kind: string | undefined;
  readonly session: string | undefined;
  readonly isUser: boolean;
  readonly limit: string | undefined;
  readonly olderThan: string | undefined;
  readonly isConfirmed: boolean;
  readonly isJson: boolean;
  readonly ownPath: string;
  readonly print: Print;
  readonly printError: (text: string) => void;
}

/** The filter and scope that the options name. */
export interface MemoryChoice {
  readonly filter: Omit<MemoryFilter, "areas">;
  readonly scope: "user" | undefined;
}

const DAY_MS = 86_400_000;
const MOST_SHOWN = 10;
/** More than anybody keeps. */
const MOST = 1_000_000;

/** Runs the command; resolves with the exit code. Throws BridgeError. */
export async function runMemory(command: MemoryCommand): Promise<number> {
  const [action = "search", ...words] = command.words;
  const act = ACTIONS[action];
  const isShare = action === "share" || action === "unshare";
  if (act === undefined && !isShare)
    throw refuse(`memory takes ${Object.keys(ACTIONS).join(", ")}, share, unshare, not ${JSON.stringify(action)}.`);
  const choice = toChoice(command);
  const settings = readRegisteredSettings(process.cwd(), command.ownPath);
  if (act === undefined) {
    if (words.length > 0) throw refuse(`${action} takes no words: it is for this directory.`);
    return shareProject(process.cwd(), settings.stateDir, { isShared: action === "share", print: command.print });
  }
  const memory = createMemory({ settings, cwd: process.cwd(), agent: "human", redact: createRedactor(process.env) });
  try {
    const code = await act(memory, words, choice, command);
    for (const note of memory.notes()) command.printError(note);
    return code;
  } catch (error) {
    const known = toBridgeError(error);
    // What is wrong with the memory is not put right by other words.
    if (known.code === "INVALID_ARGUMENT") throw known;
    command.printError(known.code === "INTERNAL" ? sayUnknown(error) : `${known.message} ${known.report.nextStep}`);
    return 1;
  } finally {
    await memory.close();
  }
}

// Such as an input/output error. The engine's own words are its cause's.
function sayUnknown(error: unknown): string {
  const said = sayThrown(error instanceof Error ? (error.cause ?? error) : error).replace(/[.\s]*$/, "");
  return `The memory failed: ${said}. \`codex-bridge doctor\` looks at its store.`;
}

type Action = (
  memory: Knowledge,
  words: readonly string[],
  choice: MemoryChoice,
  command: MemoryCommand,
) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  search,
  show,
  export: async (memory, words, { filter, scope }, { print }) =>
    exportEntries(await memory.list(filter, scope, MOST), toOne(words, "export takes one folder"), print),
  import: (memory, words, _choice, { print, isUser }) => {
    if (words.length === 0) throw refuse("import takes folders or files.");
    return importEntries(memory, words, { print, takesUser: isUser, project: findProject(process.cwd()) });
  },
  prune,
};

async function search(
  memory: Knowledge,
  words: readonly string[],
  { filter, scope }: MemoryChoice,
  { limit, isJson, print }: MemoryCommand,
): Promise<number> {
  const most = limit === undefined ? MOST_SHOWN : toNumber("limit", limit);
  const found = await memory.find({
    ...filter,
    scope,
    queries: words.length === 0 ? [] : [words.join(" ")],
    limit: most,
  });
  if (isJson) {
    print(
      JSON.stringify(
        found.hits.map(({ entry }) => entry),
        null,
        2,
      ),
    );
    return 0;
  }
  if (found.hits.length === 0) print("Nothing stored fits.");
  else if (found.isWeak) print([paint("yellow", "Nothing stored answers this; these come nearest.")]);
  for (const { entry, terms } of found.hits) {
    print(toLine(entry));
    if (words.length > 0)
      for (const line of pickLines(entry.text, terms)) print([paint("gray", `    ${toPrintableLine(line)}`)]);
  }
  return 0;
}

async function show(
  memory: Knowledge,
  words: readonly string[],
  _choice: MemoryChoice,
  command: MemoryCommand,
): Promise<number> {
  const { entries, missing } = await memory.read([toOne(words, "show takes one id")]);
  const [entry] = entries;
  if (entry === undefined) throw refuseMissing(missing);
  if (command.isJson) {
    command.print(JSON.stringify(entry, null, 2));
    return 0;
  }
  command.print(toLine(entry));
  for (const line of entry.text.split(/\r?\n/)) command.print(toPrintableLine(line));
  return 0;
}

async function prune(
  memory: Knowledge,
  words: readonly string[],
  { filter, scope }: MemoryChoice,
  { isConfirmed, print }: MemoryCommand,
): Promise<number> {
  const entries = words.length > 0 ? await readPruned(memory, words, { filter, scope }) : await listPruned();
  if (!isConfirmed) {
    for (const entry of entries) print(toLine(entry));
    print(
      `${entries.length} would be removed for good; --yes removes them. \`codex-bridge memory export FOLDER\` keeps a copy.`,
    );
    return 0;
  }
  print(`${await memory.remove(entries.map(({ id }) => id))} removed.`);
  return 0;

  async function listPruned(): Promise<readonly MemoryEntry[]> {
    if (!isFiltered(filter)) {
      throw refuse("prune needs ids, --older-than, --kind or --session: it never removes everything.");
    }
    // What is for all projects goes only where that is said.
    return memory.list(filter, scope ?? "project", MOST);
  }
}

async function readPruned(
  memory: Knowledge,
  ids: readonly string[],
  { filter, scope }: MemoryChoice,
): Promise<readonly MemoryEntry[]> {
  if (isFiltered(filter)) throw refuse("prune takes ids or options, not both.");
  const { entries, missing } = await memory.read(ids);
  if (missing.length > 0) throw refuseMissing(missing);
  const other = entries.find(({ area }) => area.scope === "user" && scope !== "user");
  if (other !== undefined) throw refuse(`${other.id} is for all projects; --user removes it.`);
  return entries;
}

function isFiltered(filter: MemoryChoice["filter"]): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

function refuseMissing(ids: readonly string[]): BridgeError {
  return refuse(
    `Neither this repository nor the user has an entry ${listNames(ids)}; \`codex-bridge memory\` lists them.`,
  );
}

function toLine({ id, kind, title, sessionId, version, agent, status, at }: MemoryEntry) {
  const session = sessionId === undefined ? "" : `  ${toPrintableLine(sessionId)} v${version}`;
  return [
    `${toPrintableLine(id)}  `,
    paint("cyan", kind.padEnd(14)),
    describeAge(Math.max(0, Date.now() - at)).padStart(12),
    `  ${toPrintableLine(title)}`,
    paint("gray", `  ${toPrintableLine(agent)}${session}${status === undefined ? "" : `  ${toPrintableLine(status)}`}`),
  ];
}

function toChoice({ kind, session, isUser, olderThan }: MemoryCommand): MemoryChoice {
  const known = MEMORY_KINDS.find((one) => one === kind);
  if (kind !== undefined && known === undefined) throw refuse(`--kind is one of ${MEMORY_KINDS.join(", ")}.`);
  const before = olderThan === undefined ? undefined : Date.now() - toNumber("older-than", olderThan) * DAY_MS;
  return { filter: { kind: known, sessionId: session, before }, scope: isUser ? "user" : undefined };
}

function toNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw refuse(`--${name} takes a whole number above 0.`);
}

function toOne([word = "", ...others]: readonly string[], what: string): string {
  if (word.trim() === "" || others.length > 0) throw refuse(`${what}.`);
  return word;
}

function refuse(message: string): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", message, { nextStep: "Run codex-bridge memory --help." });
}
