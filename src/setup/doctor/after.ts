// Checks that depend on others: a Codex that does not run says nothing about the kernel.
import { type Finding, SKIPPED, skipped } from "./check.ts";

/** Makes a check when it is first asked for, and gives the same finding after that. So a run of `doctor` for some checks alone makes no others. */
export type Ask<Result = Finding> = () => Promise<Result>;

/** The checks that another one needs, by their id. */
export type Needs = Readonly<Record<string, Ask>>;

/** A check that is made once, and not before it is asked for. */
export function once<Result = Finding>(check: () => Result | Promise<Result>): Ask<Result> {
  let made: Promise<Result> | undefined;
  return () => {
    made ??= (async () => check())();
    return made;
  };
}

/** A check that is made unless one of `needs` failed or was skipped. Then it is skipped too, and names the first such one. */
export function after(needs: Needs, check: () => Finding | Promise<Finding>): Ask {
  return once(async () => {
    const reason = await findReason(needs);
    return reason === undefined ? check() : skipped(reason);
  });
}

/** The reason to skip a check that depends on these; undefined if all of them are well. */
export async function findReason(needs: Needs): Promise<string | undefined> {
  for (const [id, { status, found }] of await Promise.all(Object.entries(needs).map(waitFor))) {
    if (status === "failed") return `${id} failed`;
    // Pass on the first reason: the user has to fix that one.
    if (status === "skipped") return found.replace(SKIPPED, "");
  }
  return undefined;
}

async function waitFor([id, ask]: [string, Ask]): Promise<[string, Finding]> {
  return [id, await ask()];
}
