// Entries to Markdown files and back. A file that a person has edited becomes an entry of its own; the old one stays.
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Knowledge } from "../delegation/memory/knowledge.ts";
import { BridgeError } from "../domain/errors.ts";
import { isBlinding } from "../domain/machine-limits.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import { PathTakenError, putFile } from "../files/put-file.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { readSmallText } from "../files/small-file.ts";
import { toEditedId } from "../memory/edited-id.ts";
import { type EntryFile, parseEntryFile, toEntryFile, toFileName } from "../memory/markdown/entry-file.ts";
import type { MemoryEntry } from "../memory/memory-store.ts";
import { toFileErrorCode } from "../state/private-files.ts";
import { checkLeadsHere, listFiles } from "./memory-paths.ts";

/** Texts have at most 262,144 characters, of up to three bytes; the rest is for the fields. */
const MOST_BYTES = 2_000_000;

/** Writes a file for each entry. One that is there already stays: a person may have edited it. */
export function exportEntries(entries: readonly MemoryEntry[], folder: string, print: Print): number {
  let written = 0;
  try {
    checkLeadsHere(folder);
    makeFolders(resolve(folder));
    const real = resolveRealPath(folder);
    for (const entry of entries) written += writeNew(real, toFileName(entry), toEntryFile(entry));
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    const message = `${folder} cannot be written (${String(toFileErrorCode(error))}); ${written} files were.`;
    throw new BridgeError("INVALID_ARGUMENT", message, { nextStep: "Name another folder.", cause: error });
  }
  const kept = entries.length - written;
  print(`${written} written to ${toPrintableLine(folder)}${kept === 0 ? "." : `; ${kept} were there already.`}`);
  return 0;
}

// Not by `recursive: true`, with which Node loops for ever below `/proc`.
function makeFolders(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return;
  if (stat === undefined && dirname(path) !== path) makeFolders(dirname(path));
  mkdirSync(path);
}

// Whole or not at all: the next import would take half a file for one that a person has edited.
function writeNew(folder: string, name: string, text: string): 0 | 1 {
  try {
    putFile(text, { folder, name, mode: 0o666, replaces: false });
    return 1;
  } catch (error) {
    if (error instanceof PathTakenError) return 0;
    throw error;
  }
}

/** What an import may do. */
export interface ImportOptions {
  readonly print: Print;
  /** Whether it takes entries for all projects of the user, too: a cloned project may bring such files. */
  readonly takesUser: boolean;
  /** Real path of the project, for ids of its own. */
  readonly project: string;
}

/** Stores what is not stored yet; the exit code is 1 where a file could not be taken. A failure of the memory ends it: it says how far it came, and throws. */
export async function importEntries(
  memory: Knowledge,
  paths: readonly string[],
  { print, takesUser, project }: ImportOptions,
): Promise<number> {
  const counts = { stored: 0, known: 0, refused: 0 };
  const sayCounts = (): string => `${counts.stored} stored, ${counts.known} known already, ${counts.refused} refused.`;
  const now = Date.now();
  const found = paths.flatMap(listFiles);
  const refuse = (path: string, error: unknown): void => {
    counts.refused += 1;
    print(`${toPrintableLine(path)}: ${error instanceof Error ? toPrintableLine(error.message) : "it cannot be read"}`);
  };
  const readOrRefuse = (path: string): Read | undefined => {
    try {
      return readEntryFile(path);
    } catch (error) {
      // Then no file can be read, whatever is in it.
      if (isBlinding(error)) throw error;
      refuse(path, error);
      return undefined;
    }
  };
  // The oldest first, so that the order of storing is theirs. Read twice: the texts of a cloned project's folder could fill the memory of the machine.
  const dated = found.flatMap((path) => {
    const read = readOrRefuse(path);
    return read === undefined ? [] : [{ path, at: toTime(read) }];
  });
  for (const { path } of dated.toSorted((first, second) => first.at - second.at)) {
    const tellBeside = (old: MemoryEntry, edited: string): void =>
      print(
        `${toPrintableLine(path)}: stored as ${edited}. ${old.id} stays as it was; \`${toRemoval(old)}\` removes it.`,
      );
    try {
      const read = readOrRefuse(path);
      if (read === undefined) continue;
      counts[await importOne(memory, notAfter(read, now), { takesUser, project, tellBeside })] += 1;
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== "INVALID_ARGUMENT") {
        // The memory's failure, not the file's: each further file would be told for it.
        print(
          `Stopped at ${toPrintableLine(path)}: ${sayCounts()} Run it again later: what is stored is not stored twice.`,
        );
        throw error;
      }
      refuse(path, error);
    }
  }
  print(sayCounts());
  return counts.refused === 0 ? 0 : 1;
}

interface Read {
  readonly file: EntryFile;
  /** When the file was written, in whole epoch ms. */
  readonly changedAt: number;
}

interface One extends Pick<ImportOptions, "project" | "takesUser"> {
  /** Told where an edited entry stands beside the old one. */
  readonly tellBeside: (old: MemoryEntry, edited: string) => void;
}

// Ids may begin with a dash, as options do.
function toRemoval({ id, area }: MemoryEntry): string {
  const user = area.scope === "user" ? " --user" : "";
  return `codex-bridge memory prune${user} --yes ${id.startsWith("-") ? "-- " : ""}${id}`;
}

function readEntryFile(path: string): Read {
  const file = parseEntryFile(readSmallText(path, MOST_BYTES, { follows: false }));
  return { file, changedAt: Math.floor(lstatSync(path).mtimeMs) };
}

const toTime = ({ file, changedAt }: Read): number => file.at ?? changedAt;

// What is dated in the future would stay the newest for ever, and decide where its session stands.
function notAfter({ file, changedAt }: Read, now: number): Read {
  return { file: { ...file, at: file.at && Math.min(file.at, now) }, changedAt: Math.min(changedAt, now) };
}

async function importOne(
  memory: Knowledge,
  { file, changedAt }: Read,
  { takesUser, project, tellBeside }: One,
): Promise<"stored" | "known"> {
  const at = Math.floor(file.at ?? changedAt);
  const { scope, text, sessionId, status, tags, files, kind } = file;
  const draft = {
    // The memory puts its own project here.
    area: scope === "user" ? { scope } : { scope: "project" as const, project: "" },
    ...{ kind, text, tags, files, title: file.title ?? text },
    agent: file.agent ?? "human",
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(status === undefined ? {} : { status }),
  };
  // The same file gives the same ids each time, so that nothing is stored twice.
  const print = toPrint(draft);
  const own = file.id ?? `m-${print}`;
  // A person may have edited the entry of this id, and another project may have it, or its edited form: that of the same repository before it was moved.
  const others = [print, toPrint([print, project])].map((one) => toEditedId(own, one));
  const here = (await memory.read([own, ...others])).entries;
  const old = here.find(({ id }) => id === own);
  if (here.some(({ id }) => id !== own) || (old !== undefined && (file.id === undefined || isSame(old, file))))
    return "known";
  if (scope === "user" && !takesUser)
    throw new BridgeError("INVALID_ARGUMENT", "it is for all projects; --user takes such files");
  const entry = { ...draft, version: file.version ?? 1, at: old === undefined ? at : Math.max(at, changedAt) };
  for (const id of old === undefined ? [own, ...others] : others) {
    const stored = await memory.adopt({ ...entry, id });
    // Another import may have stored it a moment ago.
    if (stored === undefined && (await isHere(memory, id, file))) return "known";
    if (stored === undefined) continue;
    // With a session it is the next version, which is what a search takes for the newest.
    if (old !== undefined && sessionId === undefined) tellBeside(old, id);
    return "stored";
  }
  throw new BridgeError("INVALID_ARGUMENT", `other projects have its id ${own}; remove the line with it`);
}

function toPrint(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}

async function isHere(memory: Knowledge, id: string, file: EntryFile): Promise<boolean> {
  const [entry] = (await memory.read([id])).entries;
  return entry !== undefined && isSame(entry, file);
}

function isSame(entry: MemoryEntry, file: EntryFile): boolean {
  return toEntryFile(entry) === toEntryFile({ ...entry, ...toTold(file, entry) });
}

function toTold(file: EntryFile, entry: MemoryEntry): Partial<MemoryEntry> {
  const { kind, text, tags, files, sessionId, status, title = entry.title, agent = entry.agent } = file;
  return { kind, text, tags, files, title, agent, sessionId, status };
}
