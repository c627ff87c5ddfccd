// Errors: plain data that can be stored and sent, and the one class that carries it where something is thrown.
import { ERROR_TRAITS, type ErrorCode } from "./error-codes.ts";
import { findMachineLimit } from "./machine-limits.ts";

/** An error as plain data. */
export interface ErrorReport {
  readonly code: ErrorCode;
  /** One or two sentences without a next step. */
  readonly message: string;
  readonly nextStep: string;
  /** Thread that can be continued in spite of the error. */
  readonly threadId?: string | undefined;
  /** Words of the agent: untrusted, bounded, shown labelled, never obeyed. */
  readonly agentText?: string | undefined;
  /** Further facts for programs, shown under `error` in the structured result. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Further fields of the structured result, beside `error`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What an error may carry besides its code and message. `nextStep` is given where a better one than the table's is known. */
export type ErrorExtras = {
  readonly [Key in Exclude<keyof ErrorReport, "code" | "message">]?: ErrorReport[Key] | undefined;
};

/** A failure on its way to the caller: its report, and the value that was thrown, which goes to the log alone. */
export interface Failure {
  readonly error: ErrorReport;
  readonly cause?: unknown;
}

/** Makes a report; the next step is the table's where none is given. */
export function reportError(code: ErrorCode, message: string, extras: ErrorExtras = {}): ErrorReport {
  const { nextStep = ERROR_TRAITS[code].nextStep, details = {}, fields = {}, threadId, agentText } = extras;
  return { code, message, nextStep, threadId, agentText, details, fields };
}

/** The same report with other extras; `details` are added to those it has. */
export function amendError(error: ErrorReport, extras: ErrorExtras): ErrorReport {
  const details = { ...error.details, ...extras.details };
  return reportError(error.code, error.message, { ...error, ...extras, details });
}

/** The one error class: it carries a report to whoever catches it. */
export class BridgeError extends Error {
  readonly report: ErrorReport;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras & { readonly cause?: unknown } = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = "BridgeError";
    this.report = reportError(code, message, extras);
  }

  get code(): ErrorCode {
    return this.report.code;
  }

  /** The same error with other extras; `details` are added to those it has. */
  with(extras: ErrorExtras): BridgeError {
    return new BridgeError(this.code, this.message, { ...amendError(this.report, extras), cause: this.cause });
  }
}

/** An error of a program that the bridge runs for itself. It knows what it means to the caller; who can do without the program just catches it. */
export abstract class ProgramError extends Error {
  /** The error that the caller is told. */
  abstract explain(): Pick<ErrorReport, "code" | "message"> & { readonly nextStep?: string | undefined };
}

/** Any thrown value as a BridgeError; an unknown one becomes INTERNAL and keeps its details in `cause` for the log. */
export function toBridgeError(thrown: unknown): BridgeError {
  if (thrown instanceof BridgeError) return thrown;
  if (thrown instanceof ProgramError) {
    const { code, message, nextStep } = thrown.explain();
    return new BridgeError(code, message, { nextStep, cause: thrown });
  }
  const limit = findMachineLimit(thrown);
  if (limit !== undefined)
    return new BridgeError("MACHINE_LIMIT", `Nothing more can be done just now: ${limit}.`, { cause: thrown });
  return new BridgeError("INTERNAL", "The bridge met an error of its own.", { cause: thrown });
}

/** Any thrown value as data. */
export function toFailure(thrown: unknown): Failure {
  const { report, cause } = toBridgeError(thrown);
  return { error: report, ...(cause === undefined ? {} : { cause }) };
}
