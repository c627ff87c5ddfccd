// Checks that depend on others: a Codex that does not run says nothing about the kernel.
import { type Finding, SKIPPED, skipped } from "./check.ts";

/** Findings by the id of their check. */
export type Needs = Readonly<Record<string, Finding | Promise<Finding>>>;

/** Makes a check, unless one of `needs` failed or was skipped. Then the check is skipped too, and names the first such one. */
export async function after(needs: Needs, check: () => Finding | Promise<Finding>): Promise<Finding> {
  const reason = await findReason(needs);
  return reason === undefined ? check() : skipped(reason);
}

/** The reason to skip a check that depends on these; undefined if all of them are well. */
export async function findReason(needs: Needs): Promise<string | undefined> {
  for (const [id, finding] of Object.entries(needs)) {
    const { status, found } = await finding;
    if (status === "failed") return `${id} failed`;
    // Pass on the first reason: the user has to fix that one.
    if (status === "skipped") return found.replace(SKIPPED, "");
  }
  return undefined;
}
