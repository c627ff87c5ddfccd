// The images of a call. Each is checked before the turn, since Codex silently drops one that it cannot read.

import { BridgeError } from "../../domain/errors.ts";
import { findImageProblem } from "../../domain/image-format.ts";
import { sayThrown } from "../../domain/printable.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import { readSmallFile, UnreadableFileError } from "../../files/small-file.ts";
import type { TurnOptions } from "../requests.ts";
import { findReadBase } from "../threads/call-paths.ts";
import { resolveFile } from "../threads/directories.ts";
import type { ProposalFinder } from "../threads/isolation.ts";

/** Providers take about 50 MB in one request. */
const MAX_IMAGE_BYTES = 52_428_800;

/**
 * The images of a turn as absolute paths without links. Throws INVALID_ARGUMENT for one that is missing, too large, or unreadable for Codex, and what the
 * file system throws.
 */
export function resolveImages(
  { images = [], readsOrigin }: Pick<TurnOptions, "images" | "readsOrigin">,
  { cwd }: Pick<ThreadFrame, "cwd">,
  worktrees: Pick<ProposalFinder, "findByPath"> | undefined,
): string[] {
  if (images.length === 0) return [];
  const place = worktrees?.findByPath(cwd);
  return images.map((path) => {
    const real = resolveFile("image", path, findReadBase(path, cwd, place, readsOrigin));
    const problem = findProblem(real);
    if (problem === undefined) return real;
    throw new BridgeError("INVALID_ARGUMENT", `image ${JSON.stringify(path.slice(0, 200))} ${problem}.`, {
      nextStep:
        "Pass another image, convert this one first, or leave it out and let the agent read the file by its path.",
    });
  });
}

function findProblem(path: string): string | undefined {
  try {
    return findImageProblem(readSmallFile(path, MAX_IMAGE_BYTES));
  } catch (error) {
    if (error instanceof UnreadableFileError && error.code === "EFBIG")
      return `is larger than ${MAX_IMAGE_BYTES} bytes`;
    const reason = sayThrown(error);
    return `cannot be read: ${reason}`;
  }
}
