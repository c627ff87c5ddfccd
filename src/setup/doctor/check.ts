// The result of a check of `doctor`.

/** Best first. A `skipped` check found nothing out: an earlier check says why. */
export const STATUSES = ["ok", "skipped", "warning", "failed"] as const;

/** Status of a check. */
export type CheckStatus = (typeof STATUSES)[number];

/** A check and its result. */
export interface Check {
  readonly id: string;
  readonly status: CheckStatus;
  /** The result in one line. */
  readonly found: string;
  /** Next step for the user; always set with `warning` and `failed`. */
  readonly advice?: string;
  /** First sentence of the summary if nothing failed: the step without which the bridge cannot be used. */
  readonly headline?: string;
}

/** The result of a check, without its id. */
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

/** Start of the text of a skipped check. */
export const SKIPPED = "not checked: ";

/** Not checked, because of the result of an earlier check. */
export function skipped(why: string): Finding {
  return { status: "skipped", found: `${SKIPPED}${why}` };
}

/** Rewords a next step, which addresses the model, for the user. */
export function addressUser(nextStep: string): string {
  const own = nextStep
    .replace(/^Ask the user to /, "")
    .replaceAll(", or to ", ", or ")
    .replaceAll(" or to ", " or ")
    .replaceAll(" and to ", " and ")
    .replace(/\bthe user can also\b/i, (words) => `${words.startsWith("T") ? "You" : "you"} can also`);
  return `${own.charAt(0).toUpperCase()}${own.slice(1)}`;
}

/** The worst status of these checks; `ok` if there are none. */
export function findWorst(checks: readonly Check[]): CheckStatus {
  const worst = Math.max(0, ...checks.map(({ status }) => STATUSES.indexOf(status)));
  return STATUSES[worst] ?? "ok";
}

/** One finding of several: the worst status, and all that was found and advised. */
export function mergeFindings(findings: readonly Finding[]): Finding {
  const worst = Math.max(...findings.map(({ status }) => STATUSES.indexOf(status)));
  const advice = [...new Set(findings.flatMap((finding) => finding.advice ?? []))].join(" ");
  const found = findings.map((finding) => finding.found).join("; ");
  const headline = findings.find((finding) => finding.headline !== undefined)?.headline;
  return {
    status: STATUSES[worst] ?? "failed",
    found,
    ...(advice === "" ? {} : { advice }),
    ...(headline === undefined ? {} : { headline }),
  };
}
