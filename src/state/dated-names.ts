// Names of records by time and project (`TIME.PROJECT.ID`), so that the newest of a project are found without an index and without reading others.
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { ifThere } from "./json-folder.ts";

/** Digits of a time in base 36: enough until the year 5188. */
const TIME_DIGITS = 9;
const MOST_TIME = 36 ** TIME_DIGITS - 1;

/** The clock of a file system can be coarse: a folder that changed less than this before it was listed may change again with the same time. */
const COARSE_MS = 2_000;
/** A list that is older is read again in any case. */
const KEPT_MS = 5_000;

/** Gives the names of the records of a folder, newest first. An unchanged folder is not listed again: a wait looks several times a second. */
export function createNameList(path: string, list: () => string[]): () => readonly string[] {
  let kept: { names: readonly string[]; changedAt: number; readAt: number } = {
    names: [],
    changedAt: Number.NaN,
    readAt: 0,
  };
  return () => {
    const now = Date.now();
    const changedAt = ifThere(() => statSync(path))?.mtimeMs ?? Number.NaN;
    const isYoung = now >= kept.readAt && now - kept.readAt < KEPT_MS;
    if (changedAt === kept.changedAt && kept.readAt - changedAt > COARSE_MS && isYoung) return kept.names;
    kept = { names: list().sort().reverse(), changedAt, readAt: now };
    return kept.names;
  };
}

/** What a record is named by. `createdAt` is epoch ms, `project` a directory. */
export interface DatedName {
  readonly createdAt: number;
  readonly project: string;
  readonly id: string;
}

/** The name of a record. */
export function toDatedName({ createdAt, project, id }: DatedName): string {
  const time = Math.min(MOST_TIME, Math.max(0, Math.trunc(createdAt)));
  return `${time.toString(36).padStart(TIME_DIGITS, "0")}.${toProjectDigest(project)}.${id}`;
}

/** The newest of the names that belong to a project, or to any where none is given. */
export function findDatedName(names: readonly string[], project: string | undefined, id: string): string | undefined {
  const end = project === undefined ? `.${id}` : `.${toProjectDigest(project)}.${id}`;
  return names.find((name) => name.endsWith(end));
}

/** Whether a name belongs to a project; without one, whether it is a name of this form. */
export function isDatedName(name: string, project: string | undefined): boolean {
  return name.startsWith(project === undefined ? "." : `.${toProjectDigest(project)}.`, TIME_DIGITS);
}

/** What stands for a project in the names of its records. */
export function toProjectDigest(project: string): string {
  return createHash("sha256").update(project).digest("hex").slice(0, 8);
}
