// Which locks some processes hold. To ask for one lock, use LockFiles.
import { join } from "node:path";
import { readSmallTextIfAny } from "../files/small-file.ts";
import { parseHolder } from "./lock-holder.ts";
import { listFolder } from "./private-files.ts";

const SUFFIX = ".json";

/** Keys of the locks whose holder is one of these processes, which live. `bootId` is that of the pids. */
export function listHeldKeys(stateDir: string, pids: ReadonlySet<number>, bootId: string): string[] {
  const folder = join(stateDir, "locks");
  return listFolder(folder).flatMap((name) => {
    const text = name.endsWith(SUFFIX) ? readSmallTextIfAny(join(folder, name)) : undefined;
    const holder = text === undefined ? undefined : parseHolder(text)?.holder;
    const isHeld = holder !== undefined && pids.has(holder.pid) && holder.bootId === bootId;
    return isHeld ? [name.slice(0, -SUFFIX.length)] : [];
  });
}
