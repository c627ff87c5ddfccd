// A file on its way: what is in it, what was found, what shall change.
import { type Edit, toChanges } from "./edit.ts";
import { changeJson } from "./json-edit.ts";
import { type Json, parseJson } from "./json-value.ts";
import type { ChangedFile } from "./records.ts";
import { type Finding, toReason } from "./report.ts";
import { checkWritable, readWholeFile, type WholeFile } from "./whole-file.ts";

/** A file on its way. Findings and edits are added as they come. */
export interface Draft {
  readonly name: string;
  /** Undefined where there is none, or none that can be changed. */
  readonly file: WholeFile | undefined;
  readonly root: Json;
  readonly findings: Finding[];
  readonly edits: Edit[];
}

/** A file with its new text. */
export interface ReadyFile {
  readonly draft: Draft;
  readonly file: WholeFile;
  readonly text: string;
  readonly changed: ChangedFile;
}

/** Opens files, each once: one under two names (a link) is one draft. */
export class Drafts {
  readonly #byName = new Map<string, Draft>();
  readonly #byRealPath = new Map<string, Draft>();

  /** All drafts, in the order in which they were opened. */
  list(): Draft[] {
    return [...this.#byRealPath.values()];
  }

  /** The draft of a file; one that cannot be read says so in its findings. */
  open(name: string): Draft {
    return this.#find(name, readDraft);
  }

  /** The same for a file that nobody asked for: one that cannot be read is none. */
  peek(name: string): Draft {
    return this.#find(name, (path) => ({ ...readDraft(path), findings: [] }));
  }

  #find(name: string, read: (name: string) => Draft): Draft {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const fresh = read(name);
    const path = fresh.file?.realPath ?? name;
    const draft = this.#byRealPath.get(path) ?? fresh;
    this.#byRealPath.set(path, draft);
    this.#byName.set(name, draft);
    return draft;
  }
}

function readDraft(name: string): Draft {
  try {
    const file = readWholeFile(name);
    return { name, file, root: file === undefined ? {} : parseJson(file.text), findings: [], edits: [] };
  } catch (error) {
    const findings: Finding[] = [{ kind: "failed", text: `${toReason(error)}; left as it is` }];
    return { name, file: undefined, root: {}, findings, edits: [] };
  }
}

/** Why edits cannot be made in a file, in words that follow its path; undefined where they can. */
export function findObstacle({ file }: Draft, edits: readonly Edit[]): string | undefined {
  if (file === undefined) return "is not there";
  try {
    changeJson(file.text, toChanges(edits));
    checkWritable(file);
    return undefined;
  } catch (error) {
    return toReason(error);
  }
}

/** The file with its edits made; undefined where there are none, or where they cannot be made, which is told. */
export function toReadyFile(draft: Draft): ReadyFile | undefined {
  const { file, edits } = draft;
  if (file === undefined || edits.length === 0) return undefined;
  try {
    const text = changeJson(file.text, toChanges(edits));
    const bom = file.bytes.length - Buffer.byteLength(file.text);
    const after = Buffer.concat([file.bytes.subarray(0, bom), Buffer.from(text, "utf8")]);
    return { draft, file, text, changed: { path: file.realPath, before: file.bytes, after, edits } };
  } catch (error) {
    refuseDraft(draft, toReason(error));
    return undefined;
  }
}

/** Nothing of a draft is to be written: its edits go, and why is told. */
export function refuseDraft(draft: Draft, reason: string): void {
  draft.edits.splice(0);
  const others = draft.findings.filter(({ kind }) => kind !== "change" && kind !== "note");
  draft.findings.splice(0, draft.findings.length, ...others, { kind: "failed", text: `${reason}; left as it is` });
}
