// `handoff` of a result: what went along with a task, what of it was left out, and the file that was left for whoever goes on.
import type { HandoffReport } from "../context/shape-items.ts";
import type { HandedFiles } from "../delegation/requests.ts";
import { isRecord } from "../domain/guards.ts";

type Field = Readonly<Record<string, unknown>>;

/** Items that a result lists of what was left out. */
const MOST_LEFT = 20;

/** What a result says of a context that was handed on. */
export function toHandoffField({ left, ...sizes }: HandoffReport): Field {
  const more = left.length - MOST_LEFT;
  return { ...sizes, left: left.slice(0, MOST_LEFT), ...(more > 0 ? { moreLeft: more } : {}) };
}

/** What a result says of the files of a hand-off. */
export function toFilesField({ report, read, write }: HandedFiles): Field {
  return {
    ...(report === undefined ? {} : toHandoffField(report)),
    ...(read === undefined ? {} : { read }),
    ...(write === undefined ? {} : { write }),
  };
}

/** Both as one field: sizes are added up, and what was left out stands in one list. `files` is the field of a result that may have none. */
export function joinHandoff(context: Field | undefined, files: unknown): Field | undefined {
  if (!isRecord(files)) return context;
  if (context === undefined) return files;
  const sum = (name: string): number => toNumber(context[name]) + toNumber(files[name]);
  const left = [context["left"], files["left"]].flatMap((list) => (Array.isArray(list) ? list : []));
  return { ...files, ...context, tokensBefore: sum("tokensBefore"), tokensAfter: sum("tokensAfter"), left };
}

function toNumber(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
