// How much a turn changed, in one line that a person reads at a glance.
import { countOf } from "../domain/count-of.ts";

/** Counts of a file; undefined where its lines cannot be counted. */
export interface LineCounts {
  readonly added?: number | undefined;
  readonly deleted?: number | undefined;
}

/** `3 files changed, 10 insertions(+), 2 deletions(-)`, as git says it; `no files changed` for none. */
export function describeDiffStat(files: readonly LineCounts[]): string {
  if (files.length === 0) return "no files changed";
  const added = sum(files.map((file) => file.added ?? 0));
  const deleted = sum(files.map((file) => file.deleted ?? 0));
  return [
    `${countOf(files.length, "file")} changed`,
    ...(added > 0 ? [`${countOf(added, "insertion")}(+)`] : []),
    ...(deleted > 0 ? [`${countOf(deleted, "deletion")}(-)`] : []),
  ].join(", ");
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
