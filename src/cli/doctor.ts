// `codex-bridge doctor`: prints what the checks found and what to do, worst things by their sign.
import { homedir } from "node:os";
import { type AreaScope, refuseWriting } from "../delegation/threads/writable-areas.ts";
import { countOf } from "../domain/count-of.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { type Print, type PrintedLine, paint } from "../domain/printed-line.ts";
import { wrapText } from "../domain/wrap-text.ts";
import { loadSettings } from "../settings/load.ts";
import { type Check, type CheckStatus, findWorst } from "../setup/doctor/check.ts";
import { runDoctor } from "../setup/doctor/doctor.ts";
import type { DoctorOptions, DoctorSettings } from "../setup/doctor/options.ts";
import { readEntryFlags } from "./codex-flags.ts";

/** Options of the command. */
export interface DoctorCommand
  extends Pick<DoctorOptions, "ownPath" | "shippedRules" | "version" | "isTurn" | "isFix"> {
  readonly isJson: boolean;
  /** Ids of checks, with commas between them; undefined: all. */
  readonly only: string | undefined;
  readonly print: Print;
}

const EXIT_CODES: Readonly<Record<CheckStatus, number>> = { ok: 0, skipped: 0, warning: 1, failed: 2 };
const SIGNS = { ok: ["✔", "green"], skipped: ["·", "gray"], warning: ["!", "yellow"], failed: ["✘", "red"] } as const;
const NAME_WIDTH = 14;

/** Runs the command; resolves with the exit code: 0, 1 with warnings, 2 if a check failed. */
export async function runDoctorCommand({ isJson, only, print, ...options }: DoctorCommand): Promise<number> {
  const cwd = process.cwd();
  const load: DoctorOptions["load"] = (env) => loadSettings({ env, cwd });
  const checks = await runDoctor({
    ...options,
    only: only?.split(",").map((id) => id.trim()),
    env: process.env,
    cwd,
    load,
    readFlags: readEntryFlags,
    refuseWriting: (settings, env) => refuseWriting(cwd, toAreas(settings, env)),
  });
  const status = findWorst(checks);
  if (isJson) print(JSON.stringify({ version: options.version, status, checks }, null, 2));
  else for (const line of describe(checks, status)) print(line);
  return EXIT_CODES[status];
}

/** The folders that no turn may write, as the server has them. */
export function toAreas({ stateDir, codexHome }: DoctorSettings, env: NodeJS.ProcessEnv): AreaScope {
  return { stateDir, codexHome, home: env["HOME"] || homedir(), tmpdir: env["TMPDIR"] };
}

function describe(checks: readonly Check[], status: CheckStatus): PrintedLine[] {
  return [...checks.flatMap(describeCheck), "", ...summarize(checks, status)];
}

function describeCheck({ id, status, found, advice }: Check): PrintedLine[] {
  const [sign, colour] = SIGNS[status];
  const [first = "", ...rest] = wrapText(toPrintableLine(found), NAME_WIDTH + 2);
  const steps = advice === undefined ? [] : wrapText(`→ ${toPrintableLine(advice)}`, NAME_WIDTH + 2);
  const head = [paint(colour, sign), ` ${id.padEnd(NAME_WIDTH)}${first}`];
  return [head, ...[...rest, ...steps].map((line) => " ".repeat(NAME_WIDTH + 2) + line)];
}

function summarize(checks: readonly Check[], status: CheckStatus): string[] {
  const count = (wanted: CheckStatus): number => checks.filter((check) => check.status === wanted).length;
  const warnings = count("warning");
  if (status === "failed") {
    return [`${count("failed")} failed, ${countOf(warnings, "warning")}: fix them in this order, from the top.`];
  }
  if (status !== "warning") return ["All is well."];
  const headline = checks.find((check) => check.headline !== undefined)?.headline;
  if (headline === undefined) return [`Works, with ${countOf(warnings, "warning")}.`];
  return [
    toPrintableLine(headline),
    ...(warnings === 1 ? [] : [`Besides: ${countOf(warnings - 1, "other warning")}.`]),
  ];
}
