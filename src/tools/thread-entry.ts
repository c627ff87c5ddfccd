// A thread as the tools show it.
import type { ShownThread, ThreadPage } from "../delegation/stored-threads/stored-threads.ts";
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { countOf } from "../domain/count-of.ts";

/** The thread with the fields that say something. `base`: its directory is left out if it is this one. */
export function toThreadEntry(
  thread: ShownThread & { readonly excerpt?: string | undefined },
  now: number,
  base: string | undefined,
): Record<string, unknown> {
  const { lastUsedAt, isArchived, cwd, ...rest } = thread;
  const entry = {
    ...rest,
    lastUsed: describeAge(Math.max(0, now - lastUsedAt)),
    cwd: cwd === base ? undefined : cwd,
    archived: isArchived ? true : undefined,
  };
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}

/** What was left out, in sentences; empty if nothing was. */
export function describeWalk({
  isComplete,
  skipped,
}: Pick<ThreadPage<unknown>, "isComplete" | "skipped">): readonly string[] {
  const { unreadable, compressed, foreign } = skipped;
  return [
    ...(isComplete ? [] : ["Older threads were not looked at."]),
    ...(compressed === 0 ? [] : [`${countOf(compressed, "compressed file")} could not be read.`]),
    ...(unreadable === 0 ? [] : [`${countOf(unreadable, "damaged or unknown file")} could not be read.`]),
    ...(foreign === 0 ? [] : [`${countOf(foreign, "file")} of another user of this machine left out.`]),
  ];
}
