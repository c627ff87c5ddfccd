// What a check of `doctor` says.

/** Order of badness, best first. `skipped` says nothing: an earlier check tells why. */
export const STATUSES = ["ok", "skipped", "warning", "failed"] as const;

/** One of them. */
export type CheckStatus = (typeof STATUSES)[number];

/** A check that was made. */
export interface Check {
  readonly id: string;
  readonly status: CheckStatus;
  /** What was found, one line. */
  readonly found: string;
  /** What to do about it; always there with `warning` and `failed`. */
  readonly advice?: string;
  /** First sentence of the summary where nothing failed: what a person must do before anything can be used. */
  readonly headline?: string;
}

/** What a check comes to, before it has its name. */
export type Finding = Omit<Check, "id">;

/** All is well. */
export function ok(found: string): Finding {
  return { status: "ok", found };
}

/** Works, but not as it could. */
export function warning(found: string, advice: string): Finding {
  return { status: "warning", found, advice };
}

/** Does not work. */
export function failed(found: string, advice: string): Finding {
  return { status: "failed", found, advice };
}

/** How a check that was skipped begins. */
export const SKIPPED = "not checked: ";

/** Could not be checked, because of what an earlier check found. */
export function skipped(why: string): Finding {
  return { status: "skipped", found: `${SKIPPED}${why}` };
}

/** A next step that was written for the model, said to the user. */
export function addressUser(nextStep: string): string {
  const own = nextStep
    .replace(/^Ask the user to /, "")
    .replaceAll(", or to ", ", or ")
    .replaceAll(" or to ", " or ")
    .replace("the user can also", "you can also");
  return `${own.charAt(0).toUpperCase()}${own.slice(1)}`;
}

/** The worst of several. */
export function findWorst(checks: readonly Check[]): CheckStatus {
  const worst = Math.max(0, ...checks.map(({ status }) => STATUSES.indexOf(status)));
  return STATUSES[worst] ?? "ok";
}
