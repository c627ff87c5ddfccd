// Finds the Codex CLI: the program that the user means, and the native binary behind its npm wrapper.
import { existsSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { findOnPath, isProgram, leaveOutProject } from "../../../files/find-on-path.ts";
import { readSmallText } from "../../../files/small-file.ts";
import { CODEX_STEPS } from "../failures/codex-steps.ts";
import { type InstallSearch, listInstallFolders } from "./install-folders.ts";

/** The Codex CLI to run. */
export interface CodexBinary {
  /** Program to start: the native binary if it was found, otherwise the program that the user named. */
  readonly path: string;
  /** Path, size and mtime. Answers of this binary are cached by it. */
  readonly stamp: string;
  /** Whether it was found in an install folder, not on PATH. */
  readonly isOffPath: boolean;
}

/** What the search for the program depends on. */
export interface BinarySearch extends InstallSearch {
  /** PATH; undefined means the PATH of `env`. */
  readonly path?: string | undefined;
  /** Directory of the turn. A turn could have written the files in it. */
  readonly cwd?: string | undefined;
}

/** Finds `name`: a path, or a name on PATH, otherwise in the folders where installers put it. Throws AGENT_NOT_FOUND, which lists the folders that were searched. */
export function findCodexBinary(name: string | undefined, search: BinarySearch): CodexBinary {
  const nextStep = CODEX_STEPS.AGENT_NOT_FOUND;
  if (name !== undefined && isAbsolute(name)) {
    if (isProgram(name)) return toBinary(name, false);
    throw new BridgeError("AGENT_NOT_FOUND", `The Codex CLI was not found: ${name} is not a program.`, { nextStep });
  }
  const program = name ?? "codex";
  const whole = search.path ?? search.env["PATH"] ?? "";
  const pathVariable = leaveOutProject(whole, search.cwd);
  const onPath = findOnPath(program, pathVariable);
  if (onPath !== undefined) return toBinary(onPath, false);
  const folders = listInstallFolders(search);
  const elsewhere = findOnPath(program, folders.join(delimiter));
  if (elsewhere !== undefined) return toBinary(elsewhere, true);
  throw new BridgeError(
    "AGENT_NOT_FOUND",
    `The Codex CLI was not found: no \`${program}\` on PATH (${pathVariable}), nor in ${folders.join(", ")}.${pathVariable === whole ? "" : LEFT_OUT}`,
    { nextStep, details: { searched: [...pathVariable.split(delimiter), ...folders] } },
  );
}

const LEFT_OUT =
  " Folders of PATH within the project are left out, since a turn could have written there; CODEX_BIN can name one.";

function toBinary(found: string, isOffPath: boolean): CodexBinary {
  const path = findNative(realpathSync(found)) ?? found;
  const stat = statSync(path);
  return { path, stamp: `${path}:${stat.size}:${stat.mtimeMs}`, isOffPath };
}

// The npm wrapper costs a Node start, and the native process survives its SIGKILL. Paths: docs/codex-cli.md#native-program.
function findNative(wrapper: string): string | undefined {
  if (!wrapper.endsWith(join("bin", "codex.js"))) return undefined;
  const platform = `${process.platform}-${process.arch}`;
  const triple = TRIPLES[platform];
  if (triple === undefined) return undefined;
  const own = dirname(dirname(wrapper));
  const packages = [own, findPlatformPackage(own, platform)];
  return packages
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => ["bin", "codex"].map((name) => join(folder, "vendor", triple, name, "codex")))
    .find((path) => existsSync(path) && isProgram(path));
}

// The native package must have the wrapper's own version (`0.169.0-linux-x64` for `0.169.0`): a folder above may contain another Codex.
function findPlatformPackage(own: string, platform: string): string | undefined {
  try {
    const path = createRequire(join(own, "package.json")).resolve(`@openai/codex-${platform}/package.json`);
    const [wanted, found] = [join(own, "package.json"), path].map(readVersion);
    return wanted !== undefined && found?.startsWith(`${wanted}-`) === true ? dirname(path) : undefined;
  } catch {
    return undefined;
  }
}

function readVersion(path: string): string | undefined {
  const about: unknown = JSON.parse(readSmallText(path));
  return isRecord(about) && typeof about["version"] === "string" ? about["version"] : undefined;
}

const TRIPLES: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
};
