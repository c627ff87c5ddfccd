// `codex-bridge migrate`: puts the bridge in the place of other Codex servers, shows what it does, and can undo it.
import { homedir } from "node:os";
import { parse } from "node:path";
import { parseArgs } from "node:util";
import {
  type ClaudeContext,
  EVERYWHERE,
  REGISTRATION_SCOPES,
  type RegistrationScope,
} from "../clients/claude-code/config-files.ts";
import { expand } from "../clients/claude-code/expand.ts";
import { readRegistrations } from "../clients/claude-code/registrations.ts";
import { toOwnCommand } from "../domain/own-command.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import { redactSecrets } from "../domain/redact.ts";
import { wrapText } from "../domain/wrap-text.ts";
import { findOnPath } from "../files/find-on-path.ts";
import { loadSettings } from "../settings/load.ts";
import { SETTING_ROWS } from "../settings/setting-rows.ts";
import { checkLive } from "../setup/doctor/live-checks.ts";
import { pickBridges } from "../setup/doctor/own-entries.ts";
import { whileAlone } from "../setup/files/lock.ts";
import type { Finding, MigrateReport } from "../setup/files/report.ts";
import { findClaudeTargets, findNamedTargets } from "../setup/migrate/find/targets.ts";
import { migrate } from "../setup/migrate/migrate.ts";
import type { ServerLaunch } from "../setup/migrate/plan/servers.ts";
import { undo } from "../setup/migrate/undo.ts";
import { CODEX_FLAG_OPTIONS, toCodexFlags } from "./codex-flags.ts";

/** What the command works with. */
export interface MigrateCommand {
  readonly ownPath: string;
  readonly version: string;
  readonly paths: readonly string[];
  readonly scopes: readonly string[];
  readonly isDryRun: boolean;
  readonly isUndo: boolean;
  readonly print: Print;
}

const SIGNS: Readonly<Record<Finding["kind"], string>> = {
  change: "✔",
  already: "·",
  left: "!",
  failed: "✘",
  note: "→",
};
/** The environment of an entry is somebody else's text: the proof gets only what means something to the bridge. */
const OWN_VARIABLES = /^(CODEX|BRIDGE|DELEGATION)_/;

const SETTING_NAMES: readonly string[] = [...SETTING_ROWS.map(({ variable }) => variable), "CODEX_CONFIG_PATH"];
/** What Codex itself reads. */
const CODEX_VARIABLE = /^CODEX_(?:HOME|API_KEY|ACCESS_TOKEN|CA_CERTIFICATE|OSS_|SQLITE_HOME|EXEC_|SANDBOX)/;

/** Runs the command; resolves with the exit code: 0, or 1 where something could not be changed. Throws on wrong words. */
export async function runMigrate(command: MigrateCommand): Promise<number> {
  const { isDryRun, isUndo, print } = command;
  const cwd = process.cwd();
  const env = { HOME: homedir(), ...process.env };
  const loaded = loadSettings({ env, cwd });
  if (!("settings" in loaded)) throw new Error(`the settings are wrong: ${loaded.problems.join("; ")}`);
  const { stateDir } = loaded.settings;
  if (isUndo && (command.paths.length > 0 || command.scopes.length > 0))
    throw new Error("--undo takes back the whole last migration: it takes no PATH and no --scope");
  if (isUndo) return report(await whileAlone(stateDir, cwd, () => undo(stateDir, isDryRun)), command);
  const scopes = toScopes(command.scopes);
  if (command.paths.length > 0 && scopes.length > 0) throw new Error("give either --scope or PATH, not both");
  const targets =
    command.paths.length > 0
      ? findNamedTargets(command.paths, { env, cwd })
      : findClaudeTargets({ env, cwd }, scopes.length > 0 ? scopes : REGISTRATION_SCOPES);
  for (const { path, reason } of targets.skipped) print(`✘ ${toPrintableLine(path)}: ${toPrintableLine(reason)}`);
  const [program, ...args] = toOwnCommand(command.ownPath);
  const act = (): Promise<MigrateReport> =>
    migrate({
      targets,
      stateDir,
      isDryRun,
      own: { command: program, args },
      ownPath: command.ownPath,
      findWrongFlag,
      isKnownVariable,
      findPlugin: (reach) => findPlugin(reach, { env, cwd }, command.ownPath),
      prove: (launch) => prove(launch, command.version, env, cwd),
    });
  const result = await (isDryRun ? act() : whileAlone(stateDir, cwd, act));
  return Math.max(report(result, command), targets.skipped.length > 0 ? 1 : 0);
}

// A plugin that only this project turns on is none for the other projects.
function findPlugin(reach: string, { env, cwd }: ClaudeContext, ownPath: string): string | undefined {
  const place = reach === EVERYWHERE ? parse(cwd).root : reach;
  const { registrations, dropped } = readRegistrations({ env, cwd: place });
  const bridges = pickBridges([...registrations, ...dropped], { ownPath, env, cwd: place });
  return bridges.find(({ scope }) => scope === "plugin")?.name;
}

function toScopes(words: readonly string[]): RegistrationScope[] {
  return words.flatMap((word) => {
    if (word === "all") return REGISTRATION_SCOPES;
    const scope = REGISTRATION_SCOPES.find((known) => known === word);
    if (scope === undefined)
      throw new Error(`--scope ${JSON.stringify(word)} is not one of ${REGISTRATION_SCOPES.join(", ")}, all`);
    return [scope];
  });
}

function isKnownVariable(name: string): boolean {
  return CODEX_VARIABLE.test(name) || SETTING_NAMES.includes(name);
}

// By the flag's name at most: a word may be a secret.
function findWrongFlag(words: readonly string[]): string | undefined {
  try {
    const args = words.filter((word) => word !== "mcp-server");
    toCodexFlags(parseArgs({ args, options: CODEX_FLAG_OPTIONS }).values);
    return undefined;
  } catch (error) {
    const name = error instanceof Error ? /Unknown option '(-{1,2}[\w-]+)/.exec(error.message)?.[1] : undefined;
    return name === undefined ? "a word that is not one of its flags" : `option ${name}`;
  }
}

async function prove(
  { command, args, env }: ServerLaunch,
  version: string,
  own: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<{ works: boolean; words: string }> {
  // The entry's PATH is only searched: it is somebody else's text, and the proof runs with ours.
  const path = env["PATH"] === undefined ? (own["PATH"] ?? "") : expand(env["PATH"], own);
  if (findOnPath(command, path) === undefined) {
    return { works: false, words: `no ${command} on ${env["PATH"] === undefined ? "PATH" : "the PATH of its env"}` };
  }
  const wanted = Object.entries(env).filter(([name]) => OWN_VARIABLES.test(name));
  const expanded = wanted.map(([name, text]): [string, string] => [name, expand(text, own)]);
  const base = Object.entries({ PATH: own["PATH"], HOME: own["HOME"] }).map(([name, value]): [string, string] => [
    name,
    value ?? "",
  ]);
  const words = args.map((word) => expand(word, own));
  const launch = { command: expand(command, own), args: words, env: Object.fromEntries([...base, ...expanded]), cwd };
  const { server } = await checkLive(launch, version);
  return { works: server.status === "ok", words: server.found };
}

function report(result: MigrateReport | undefined, { isDryRun, isUndo, print }: MigrateCommand): number {
  if (result === undefined) {
    print("There is no migration to undo.");
    return 0;
  }
  for (const { file, findings, diff } of result.files) {
    print(toPrintableLine(file));
    for (const { kind, text } of findings) {
      const [first = "", ...rest] = wrapText(toPrintableLine(redactSecrets(text)), 4);
      print(`  ${SIGNS[kind]} ${first}`);
      for (const line of rest) print(`    ${line}`);
    }
    if (diff !== undefined) print(`\n${diff}\n`);
  }
  const count = (kind: Finding["kind"]): number =>
    result.files.flatMap(({ findings }) => findings).filter((finding) => finding.kind === kind).length;
  const failures = count("failed");
  const changes = count("change");
  for (const line of summarize({ changes, failures, result, isDryRun, isUndo })) print(line);
  const isStuck = !isUndo && changes === 0 && count("left") > 0;
  return failures > 0 || isStuck ? 1 : 0;
}

interface Summary {
  readonly changes: number;
  readonly failures: number;
  readonly result: MigrateReport;
  readonly isDryRun: boolean;
  readonly isUndo: boolean;
}

function summarize({ changes, failures, result, isDryRun, isUndo }: Summary): string[] {
  if (changes === 0 && isUndo) return describeStuckUndo(failures, result.backup);
  const isLeft = failures > 0 || result.files.some(({ findings }) => findings.some(({ kind }) => kind === "left"));
  if (changes === 0) return [isLeft ? "Nothing was changed; see the reasons above." : "Nothing to migrate here."];
  if (isDryRun) return [`Nothing was written. Without --dry-run: ${toCount(changes)}.`];
  if (isUndo && failures > 0) return ["Undone in part; see above for what stays. Restart Claude Code."];
  if (isUndo) return ["Undone. Restart Claude Code, or reconnect the server (/mcp)."];
  return [
    `${toCount(changes)}. Restart Claude Code, or reconnect the server (/mcp); codex-bridge doctor checks the rest.`,
    `The files as they were: ${result.backup}. codex-bridge migrate --undo puts them back.`,
  ];
}

function describeStuckUndo(failures: number, folder: string | undefined): string[] {
  if (failures === 0 || folder === undefined) return ["Nothing was undone."];
  return ["Nothing was undone.", `To keep this migration and undo the one before it, remove ${folder}`];
}

function toCount(changes: number): string {
  return changes === 1 ? "1 change" : `${changes} changes`;
}
