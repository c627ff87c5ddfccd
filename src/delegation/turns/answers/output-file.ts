// The file that the bridge writes a turn's final message to, where the call names one. Everything that can be known is checked before the turn.
import { accessSync, constants } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { isInside, isWiderMode, READ_ONLY } from "../../../domain/sandbox.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import { findKind, PathTakenError, putFile } from "../../../files/put-file.ts";
import { findRealPath, resolveRealPath } from "../../../files/real-path.ts";
import { makePrivateFolder } from "../../../state/private-files.ts";
import type { TurnAnswer, TurnOptions } from "../../requests.ts";
import { findBase } from "../../threads/call-paths.ts";
import { findCap } from "../../threads/frame-sandbox.ts";
import type { FrameScope } from "../../threads/frame-scope.ts";
import { guardAreas } from "../../threads/writable-areas.ts";
import type { DelegationOptions } from "../delegation-parts.ts";
import { addWarnings } from "../turn-steps.ts";

/** A file that may be written. */
export interface OutputFile {
  /** Existing folder, without links. */
  readonly folder: string;
  readonly name: string;
  readonly mode: number;
  readonly replaces: boolean;
}

/** What a file is judged by: a directory (`findOutputBase`, a real path), and the limits that hold there. */
export interface OutputScope {
  readonly cwd: string;
  readonly scope: FrameScope;
  /** Permission profile that the thread is held to. */
  readonly profile: string | undefined;
  /** The rules file of `route_task`. */
  readonly rulesPath: string;
}

/** Folder for such files in the state folder. */
export const OUTPUT_FOLDER = "outputs";

type Asked = Pick<TurnOptions, "outputFile" | "overwrite">;

/**
 * Directory that the file is judged by, for a thread in `cwd`. A worktree of the bridge's own takes no file that its agent did not write, unless the call
 * names it by an absolute path: it would be part of the proposal, or be in the way of its landing. Throws what the file system throws.
 */
export function findOutputBase(
  { outputFile }: Asked,
  cwd: string,
  { areas, proposals }: Pick<DelegationOptions, "areas" | "proposals">,
): string {
  if (outputFile === undefined) return cwd;
  return findBase(expandHome(outputFile, areas.home), cwd, proposals?.worktrees.findByPath(cwd));
}

/**
 * The file that a call names; undefined where it names none. It is below `where.cwd`, or directly in the state folder's `outputs`.
 * Throws INVALID_ARGUMENT or SANDBOX_DENIED for a path that must not be written, or cannot.
 */
export function checkOutputFile({ outputFile, overwrite = false }: Asked, where: OutputScope): OutputFile | undefined {
  if (outputFile === undefined) {
    if (overwrite) throw refuse("overwrite is only for a call with outputFile.", "Leave overwrite out.");
    return undefined;
  }
  const { home, stateDir } = where.scope;
  const path = resolve(where.cwd, expandHome(outputFile, home));
  if (outputFile === "" || outputFile.includes("\0") || outputFile.endsWith("/")) {
    throw refuse("outputFile must be the path of a file.");
  }
  const outputs = join(resolveRealPath(stateDir), OUTPUT_FOLDER);
  const folder = findFolder(path, outputs);
  const name = basename(path);
  const isOwn = folder === outputs;
  if (!isOwn) checkPlace(join(folder, name), where, outputs);
  checkFile(join(folder, name), overwrite);
  return { folder, name, mode: isOwn ? 0o600 : 0o666, replaces: overwrite };
}

function expandHome(path: string, home: string): string {
  return path.startsWith("~/") ? join(home, path.slice(2)) : path;
}

function findFolder(path: string, outputs: string): string {
  const folder = dirname(path);
  if (resolveRealPath(folder) === outputs) makePrivateFolder(outputs);
  const real = findRealPath(folder);
  if (real === undefined)
    throw refuse(
      `outputFile: the folder ${quote(folder)} does not exist.`,
      "Create the folder first, or name another path.",
    );
  return real;
}

// What a caller may not have Codex write must not be written by this file either.
function checkPlace(path: string, { cwd, scope, profile, rulesPath }: OutputScope, outputs: string): void {
  const elsewhere = `Name a path below ${cwd}, or directly in ${outputs}.`;
  if (!isInside(path, cwd) || path === cwd) {
    throw refuse(`outputFile ${quote(path)} is outside ${cwd}.`, elsewhere);
  }
  const limit = findLimit(scope, profile ?? scope.defaults.profile?.name);
  if (limit !== undefined) {
    throw new BridgeError("SANDBOX_DENIED", `outputFile ${quote(path)}: ${limit}.`, {
      details: DETAILS,
      nextStep: `Name a path directly in ${outputs}, or leave outputFile out.`,
    });
  }
  try {
    guardAreas(cwd, { ...READ_ONLY, mode: "workspace-write" }, scope);
  } catch (error) {
    const amended = { details: DETAILS, nextStep: `Name a path directly in ${outputs}.` };
    throw error instanceof BridgeError ? error.with(amended) : error;
  }
  const kept = findKept(path, cwd, rulesPath);
  if (kept !== undefined) throw refuse(`outputFile ${quote(path)} ${kept}.`, "Name another path.");
}

function findLimit(scope: FrameScope, profile: string | undefined): string | undefined {
  if (scope.caller?.policy.mode === "read-only") return "the calling agent may write nothing there itself";
  if (!isWiderMode(findCap(scope), "read-only")) return "the user lets nothing be written (BRIDGE_MAX_SANDBOX)";
  return profile && `the user's permission profile ${JSON.stringify(profile)} decides what is written there`;
}

/** Work trees of Claude Code and Codex lie in folders that hold settings. */
const WORK_TREE = /\/\.(?:claude\/worktrees\/[^/]+|codex\/worktrees\/[^/]+\/[^/]+)(?=\/|$)/;
// With the flag u, as a file system that folds case compares names: macOS takes a long s (U+017F) for an s.
const SETTINGS_FOLDER = /^\.(?:git|claude|codex|agents)$/iu;
const INSTRUCTIONS = /^(?:claude|agents)(?:\.[\w-]+)?\.md$/iu;
const RULES = /^delegation-rules\.json$/iu;

// Repositories, tools and agents read hidden files as settings, and act on them outside every sandbox.
function findKept(path: string, cwd: string, rulesPath: string): string | undefined {
  const names = relative(cwd, path).split(sep);
  const above = cwd.replace(WORK_TREE, "").split(sep);
  if (names.some((name) => name.startsWith("."))) return "is hidden, or in a hidden folder";
  if (above.some((name) => SETTINGS_FOLDER.test(name))) return "is in a folder of settings";
  if (INSTRUCTIONS.test(basename(path))) return "holds instructions for agents";
  const isRules = path === resolveRealPath(rulesPath) || RULES.test(basename(path));
  return isRules ? "holds the user's rules for route_task" : undefined;
}

function checkFile(path: string, overwrite: boolean): void {
  try {
    const there = findKind(path);
    if (there?.problem !== undefined) throw refuse(`outputFile ${quote(path)} ${there.problem}.`, "Name another path.");
    if (there !== undefined && !overwrite) {
      throw refuse(`outputFile ${quote(path)} exists already.`, "Name another path, or pass overwrite: true.");
    }
    if (there !== undefined) accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    throw refuse(`outputFile ${quote(path)} cannot be written (${toReason(error)}).`, "Name another path.");
  }
}

/**
 * The outcome with the file, which is written now. Never throws: where the file cannot be written, a warning says so, and the message is in the
 * result anyway. `readScope` gives what the file is judged by.
 */
export async function writeOutputFile(
  outcome: TurnOutcome<TurnAnswer>,
  request: Asked,
  readScope: () => Promise<OutputScope>,
): Promise<TurnOutcome<TurnAnswer>> {
  if (outcome.kind !== "completed" || request.outputFile === undefined) return outcome;
  const { content } = outcome.report;
  try {
    const file = checkOutputFile(request, await readScope());
    if (file === undefined || content === "")
      return addWarnings(outcome, { after: [describeUnwritten("there is no message")] });
    putFile(content, file);
    const written = { path: join(file.folder, file.name), bytes: Buffer.byteLength(content) };
    return { ...outcome, report: { ...outcome.report, outputFile: written } };
  } catch (error) {
    return addWarnings(outcome, { after: [describeUnwritten(toReason(error))] });
  }
}

function describeUnwritten(reason: string): string {
  return `outputFile was not written: ${reason}. The message is in this result.`;
}

function toReason(error: unknown): string {
  if (error instanceof PathTakenError) return `it ${error.message}`;
  if (error instanceof BridgeError) return error.report.message.replace(/\.$/, "");
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

// With the argument, so that nothing else is blamed, such as the sandbox that a rule chose.
const DETAILS = { argument: "outputFile" };

function refuse(message: string, nextStep?: string): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", message, { nextStep, details: DETAILS });
}

function quote(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
