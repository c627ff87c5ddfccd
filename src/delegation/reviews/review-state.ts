// A name for what a review of the uncommitted changes would read now.
import { createHash } from "node:crypto";
import { resolveRealPath } from "../../files/real-path.ts";
import type { ReadTarget } from "../../reviews/target.ts";

/** The name, as `Reviews.nameState` says. */
export async function nameReviewState(
  readTarget: ReadTarget,
  cwd: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { top, files, state } = await readTarget({ kind: "uncommitted" }, { cwd: resolveRealPath(cwd), signal });
  if (files.length === 0) return undefined;
  return createHash("sha256")
    .update(JSON.stringify([top, state]))
    .digest("hex");
}
