// Which records a command prints: one by its id, the newest, or a list.
import { BridgeError } from "../domain/errors.ts";
import type { DatedName } from "../state/dated-names.ts";
import type { DatedRecords } from "../state/dated-records.ts";

/** The options of such a command. */
export interface RecordChoice {
  readonly id: string | undefined;
  readonly isLast: boolean;
  /** Records of every directory, not only of the current one. */
  readonly isAll: boolean;
}

/** The words of a kind of record, and its error. */
export interface RecordKind {
  /** `receipt`. */
  readonly noun: string;
  readonly code: "RECEIPT_NOT_FOUND" | "REVIEW_NOT_FOUND";
  /** A sentence: there is no newest one. */
  readonly none: string;
}

const MOST_LISTED = 20;

/** Picks them. Throws BridgeError. */
export function pickRecords<Value extends DatedName>(
  records: Pick<DatedRecords<Value>, "find" | "listNewest">,
  { id, isLast, isAll }: RecordChoice,
  { noun, code, none }: RecordKind,
): { readonly one: Value } | { readonly list: readonly Value[] } {
  if (id !== undefined && isLast)
    throw new BridgeError("INVALID_ARGUMENT", `${noun}s takes an id or --last, not both.`);
  const project = isAll ? undefined : process.cwd();
  if (id !== undefined) {
    const stored = records.find(project, id);
    if (stored.kind === "record") return { one: stored.value };
    const name = JSON.stringify(id.slice(0, 40));
    throw new BridgeError(code, `There is no ${noun} ${name} of this directory; --all looks in every project.`);
  }
  const list = records.listNewest(project, isLast ? 1 : MOST_LISTED);
  const [last] = list;
  if (!isLast) return { list };
  if (last === undefined) throw new BridgeError(code, none);
  return { one: last };
}
