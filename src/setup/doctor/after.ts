// Checks that mean nothing before others are well: a Codex that does not run says nothing about the kernel.
import { type Finding, SKIPPED, skipped } from "./check.ts";

/** Checks by their ids. */
export type Needs = Readonly<Record<string, Finding | Promise<Finding>>>;

/** Makes a check once none of `needs` failed or was skipped; else it is skipped, and names the first of them that was. */
export async function after(needs: Needs, check: () => Finding | Promise<Finding>): Promise<Finding> {
  const reason = await findReason(needs);
  return reason === undefined ? check() : skipped(reason);
}

/** Why what depends on these checks is not made; undefined where nothing is in the way. */
export async function findReason(needs: Needs): Promise<string | undefined> {
  for (const [id, finding] of Object.entries(needs)) {
    const { status, found } = await finding;
    if (status === "failed") return `${id} failed`;
    // The reason goes on: what has to be mended is the first thing.
    if (status === "skipped") return found.replace(SKIPPED, "");
  }
  return undefined;
}
