// Notes that a rules file was checked, for the prompt hook: a copy of what was checked, behind a line that says which program did. The hook
// compares it with the file and reads the file itself, so a note decides only whether the check is left out. What differs in anything is no note.
import { lstatSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../files/small-file.ts";

/** A rules file as it was read. */
export interface RulesCopy {
  /** Absolute path of the file. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** Where notes are, and who writes them. */
export interface RulesNotes {
  readonly stateDir: string;
  /** The program with its version: another one may check differently. */
  readonly program: string;
}

/** Folder of the notes below a state folder. */
export const CHECKED_RULES_FOLDER = "checked-rules";
/** A larger file is checked every time. */
const MOST_BYTES = 524_288;
/** Files that are noted at once: one that falls into another's place is checked again. So nothing has to be removed. */
const PLACES = 32;
/** Permissions to write of the group and of everybody else. */
const OTHERS_WRITE = 0o022;

/** Whether this program found exactly these bytes good. False in doubt; never throws. */
export function isCheckedRules(copy: RulesCopy, notes: RulesNotes): boolean {
  try {
    if (!isOwnFolder(notes.stateDir)) return false;
    const note = readSmallFile(toNotePath(copy.path, notes.stateDir));
    const head = toHead(copy, notes);
    return note.subarray(0, head.length).equals(head) && note.subarray(head.length).equals(copy.bytes);
  } catch {
    return false;
  }
}

/** The note of a file. */
export function toNote(copy: RulesCopy, notes: RulesNotes): Buffer {
  return Buffer.concat([toHead(copy, notes), copy.bytes]);
}

/** Whether a file of this size is noted. */
export function canNote({ bytes }: RulesCopy): boolean {
  return bytes.length <= MOST_BYTES;
}

/** Path of a file's note. It is no hash of node:crypto: to load that takes as long as to decide about a prompt. */
export function toNotePath(path: string, stateDir: string): string {
  let place = 0;
  for (const byte of Buffer.from(path)) place = (place * 31 + byte) % 4_294_967_291;
  return join(stateDir, CHECKED_RULES_FOLDER, String(place % PLACES));
}

/** Whether the state folder, and that of the notes if there is one, belong to this user, and nobody else may write there. */
export function isOwnFolder(stateDir: string): boolean {
  const notes = lstatSync(join(stateDir, CHECKED_RULES_FOLDER), { throwIfNoEntry: false });
  return [statSync(stateDir), ...(notes === undefined ? [] : [notes])].every(
    (stat) => stat.isDirectory() && isOwn(stat),
  );
}

function isOwn(stat: Stats): boolean {
  const uid = process.getuid?.();
  return uid !== undefined && stat.uid === uid && (stat.mode & OTHERS_WRITE) === 0;
}

function toHead({ path }: RulesCopy, { program }: RulesNotes): Buffer {
  return Buffer.from(`${JSON.stringify({ program, path })}\n`);
}
