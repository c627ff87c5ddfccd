// A file during a migration: its content, the findings about it, and the edits to make.
import type { JsonValue } from "../../../domain/json.ts";
import { changeJson } from "../../files/json-edit.ts";
import { parseJson } from "../../files/json-value.ts";
import { type Finding, toReason } from "../../files/report.ts";
import { checkWritable, readWholeFile, type WholeFile } from "../../files/whole-file.ts";
import { type Edit, toChanges } from "../edit/edit.ts";

/** A file during a migration. Findings and edits are added as they are made. */
export interface Draft {
  readonly name: string;
  /** Undefined if the file does not exist or cannot be read. */
  readonly file: WholeFile | undefined;
  readonly root: JsonValue;
  readonly findings: Finding[];
  readonly edits: Edit[];
}

/** Opens files, each once: a file with two names (a link) is one draft. */
export class Drafts {
  readonly #byName = new Map<string, Draft>();
  readonly #byRealPath = new Map<string, Draft>();

  /** Returns all drafts, in the order of opening. */
  list(): Draft[] {
    return [...this.#byRealPath.values()];
  }

  /** Opens a file. An unreadable file is reported only if the user asked for it (`isAsked`). */
  open(name: string, isAsked = true): Draft {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const fresh = readDraft(name, isAsked);
    const path = fresh.file?.realPath ?? name;
    const draft = this.#byRealPath.get(path) ?? fresh;
    this.#byRealPath.set(path, draft);
    this.#byName.set(name, draft);
    return draft;
  }
}

function readDraft(name: string, isAsked: boolean): Draft {
  try {
    const file = readWholeFile(name);
    return { name, file, root: file === undefined ? {} : parseJson(file.text), findings: [], edits: [] };
  } catch (error) {
    const finding: Finding = { kind: "failed", text: `${toReason(error)}; left as it is` };
    return { name, file: undefined, root: {}, findings: isAsked ? [finding] : [], edits: [] };
  }
}

/** Returns why edits cannot be made in a file, worded to follow its path; undefined if they can. */
export function findObstacle({ file }: Draft, edits: readonly Edit[]): string | undefined {
  if (file === undefined) return "is not there";
  try {
    checkWritable(file);
    changeJson(file.text, toChanges(edits));
    return undefined;
  } catch (error) {
    return toReason(error);
  }
}
