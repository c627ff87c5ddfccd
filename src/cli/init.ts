// `codex-bridge init`: shows what a set-up would change, asks, writes it, and can take it back.
import { homedir } from "node:os";
import { findProjectRoot } from "../clients/claude-code/config-files.ts";
import { countOf } from "../domain/count-of.ts";
import { BridgeError } from "../domain/errors.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import { redactSecrets } from "../domain/redact.ts";
import { isInside } from "../domain/sandbox.ts";
import { wrapText } from "../domain/wrap-text.ts";
import { loadSettings } from "../settings/load.ts";
import { whileAlone } from "../setup/files/lock.ts";
import { removeStaleDrafts } from "../setup/files/stale-drafts.ts";
import { INIT_SCOPES, type InitScope, type InitStep, type StepFinding } from "../setup/init/context.ts";
import { INIT_STEPS, planSteps, type StepReport, showChange, writePlanned } from "../setup/init/init.ts";
import { lookAround } from "../setup/init/look-around.ts";
import { type UndoReport, undoSetUps } from "../setup/init/undo.ts";
import { runDoctorCommand } from "./doctor.ts";
import { askLine } from "./output.ts";

/** Options of the command. */
export interface InitCommand {
  readonly ownPath: string;
  readonly shippedRules: string;
  readonly version: string;
  readonly scope: string | undefined;
  readonly only: string | undefined;
  readonly skip: string | undefined;
  readonly isYes: boolean;
  readonly isDryRun: boolean;
  readonly isUndo: boolean;
  readonly isAll: boolean;
  readonly print: Print;
}

const SIGNS: Readonly<Record<StepFinding["kind"], string>> = {
  change: "✔",
  already: "·",
  left: "!",
  failed: "✘",
  note: "→",
};
const NAME_WIDTH = 14;

/** Runs the command; resolves with the exit code: 0, or 1 if something could not be done or nobody agreed. Throws on wrong words. */
export async function runInit(command: InitCommand): Promise<number> {
  const cwd = process.cwd();
  const env = { HOME: homedir(), ...process.env };
  const loaded = loadSettings({ env, cwd });
  if (!("settings" in loaded)) {
    throw new BridgeError("CONFIG_INVALID", `the settings are wrong: ${loaded.problems.join("; ")}`);
  }
  const { stateDir, codexHome, codexBin } = loaded.settings;
  const { isUndo, isAll, isDryRun, ownPath, shippedRules } = command;
  if (isAll && !isUndo) throw new Error("--all goes with --undo");
  if (isUndo) {
    if ([command.only, command.skip, command.scope].some((word) => word !== undefined)) {
      throw new Error("--undo takes a set-up back whole: it takes no --only, --skip or --scope");
    }
    const act = (): UndoReport => undoSetUps(stateDir, { root: findProjectRoot(cwd), isAll, isDryRun });
    return reportUndo(isDryRun ? act() : await whileAlone(stateDir, cwd, act), command);
  }
  const { steps, isChecked } = chooseSteps(command);
  const scope = toScope(command.scope);
  const act = async (): Promise<number> => {
    const context = await lookAround({ scope, env, cwd, ownPath, shippedRules, codexHome, codexBin });
    const reports = planSteps(steps, context);
    const planned = context.files.list();
    if (!isDryRun) for (const path of context.files.listLookedAt()) removeStaleDrafts(path);
    show(reports, command.print);
    for (const file of planned) command.print(`\n${showChange(file) ?? file.path}`);
    const isFailed = reports.some(({ findings }) => findings.some(({ kind }) => kind === "failed"));
    if (planned.length === 0) {
      const isIdle = reports.every(({ findings }) => findings.every(({ kind }) => kind === "left" || kind === "note"));
      command.print(
        isFailed || isIdle ? "Nothing to write; see above for what is missing." : "Everything is set up already.",
      );
      if (isFailed) return 1;
      if (isChecked) await check(command);
      return 0;
    }
    if (!(await agree(planned.length, command))) return isDryRun ? 0 : 1;
    const root = findProjectRoot(cwd);
    const end = writePlanned(
      planned,
      { stateDir, root },
      (path) => isInside(path, root) && !path.endsWith(".local.json"),
    );
    if (end.kind === "failed") {
      command.print(`✘ ${toPrintableLine(end.reason)}`);
      return 1;
    }
    command.print(`${countOf(planned.length, "file")} written. codex-bridge init --undo puts them back as they were.`);
    if (isChecked) await check(command);
    return isFailed ? 1 : 0;
  };
  return isDryRun ? act() : whileAlone(stateDir, cwd, act);
}

function toScope(word: string | undefined): InitScope {
  const scope = INIT_SCOPES.find((known) => known === (word ?? "user"));
  if (scope === undefined) throw new Error(`--scope ${JSON.stringify(word)} is not one of ${INIT_SCOPES.join(", ")}`);
  return scope;
}

/** The check at the end. It plans nothing, so it is no step; it can be skipped as one. */
const LAST_CHECK = "doctor";

function chooseSteps({ only, skip }: InitCommand): {
  readonly steps: readonly InitStep[];
  readonly isChecked: boolean;
} {
  const steps = INIT_STEPS.map(({ name }) => name);
  const wanted = readNames(only, steps);
  const left = readNames(skip, [...steps, LAST_CHECK]) ?? [];
  return {
    steps: INIT_STEPS.filter(({ name }) => wanted?.includes(name) !== false && !left.includes(name)),
    isChecked: !left.includes(LAST_CHECK),
  };
}

function readNames(words: string | undefined, names: readonly string[]): string[] | undefined {
  const list = words?.split(",").map((word) => word.trim());
  const unknown = list?.find((word) => !names.includes(word));
  if (unknown === undefined) return list;
  throw new Error(`there is no step ${JSON.stringify(unknown)}; the steps are ${names.join(", ")}`);
}

function show(reports: readonly StepReport[], print: Print): void {
  for (const { name, findings } of reports) {
    for (const [at, { kind, text, file }] of findings.entries()) {
      const line = redactSecrets(toPrintableLine(file === undefined ? text : `${file}: ${text}`));
      const [first = "", ...rest] = wrapText(line, NAME_WIDTH + 2);
      print(`${SIGNS[kind]} ${(at === 0 ? name : "").padEnd(NAME_WIDTH)}${first}`);
      for (const more of rest) print(`${" ".repeat(NAME_WIDTH + 2)}${more}`);
    }
  }
}

async function agree(count: number, { isYes, isDryRun, print }: InitCommand): Promise<boolean> {
  if (isDryRun) {
    print(`\nNothing was written. Without --dry-run: ${countOf(count, "file")}.`);
    return false;
  }
  if (isYes) return true;
  if (!process.stdin.isTTY) {
    print("\nNothing was written: there is no terminal to ask in. --yes writes it.");
    return false;
  }
  const answer = await askLine(`\nWrite ${countOf(count, "file")}? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  print("Nothing was written.");
  return false;
}

// What it found has its own exit code, which is not that of the set-up.
async function check({ ownPath, shippedRules, version, print }: InitCommand): Promise<void> {
  print("\ncodex-bridge doctor:\n");
  await runDoctorCommand({
    ownPath,
    shippedRules,
    version,
    isTurn: false,
    isFix: false,
    isJson: false,
    only: undefined,
    print,
  });
}

function reportUndo({ files, count, elsewhere, earlier }: UndoReport, { print, isDryRun }: InitCommand): number {
  if (count === 0) {
    if (elsewhere === undefined) print("There is no set-up to undo.");
    else
      print(
        `No set-up was made here. The newest one was made in ${toPrintableLine(elsewhere)}: undo it there, or all with --all.`,
      );
    return elsewhere === undefined ? 0 : 1;
  }
  for (const { file, findings } of files) {
    for (const { kind, text } of findings) print(`${SIGNS[kind]} ${toPrintableLine(`${file} ${text}`)}`);
  }
  const isFailed = files.some(({ findings }) => findings.some(({ kind }) => kind === "failed"));
  if (isDryRun) print("Nothing was written.");
  else print(isFailed ? "Undone in part; see above for what stays." : "Undone. Restart Claude Code.");
  if (earlier > 0) {
    print(
      `${countOf(earlier, "earlier set-up")} of this project ${earlier === 1 ? "is" : "are"} still in place: run this again for the next one, or --undo --all for every one.`,
    );
  }
  return isFailed ? 1 : 0;
}
