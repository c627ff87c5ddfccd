// The bridge's own git folder for the snapshots of one repository. It takes the user's objects as they are and writes only its own, so the user's
// repository stays untouched, and no filter, hook or line-end setting changes what a snapshot holds.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { isInside } from "../../domain/sandbox.ts";
import { readSmallTextIfAny } from "../../files/small-file.ts";
import { makePrivateFolder, writePrivateFile } from "../../state/private-files.ts";
import { STORE_NAME } from "../../state/proposal-files.ts";
import { STAGING_PREFIX } from "../staging-prefix.ts";
import { createGit, type RunGit, runGit } from "./git-program.ts";
import type { Repository } from "./repository.ts";

/** What a store is opened with. */
export interface StoreOptions {
  readonly stateDir: string;
  /** Absolute path of git. */
  readonly gitFile: string;
  /** The bridge's environment: git finds the user's own ignore file by it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names this bridge's index: each bridge has one of its own. */
  readonly bridgeId: string;
  readonly repository: Repository;
  /** Folders that no snapshot contains, wherever they are: the bridge's and the agent's own. Real paths. */
  readonly hidden: readonly string[];
  readonly clock: () => number;
  /** Name of an earlier store of this repository that is to be opened instead of that of now. */
  readonly name?: string | undefined;
}

/** An open store. */
export interface SnapshotStore {
  readonly repository: Repository;
  /** Absolute path of git. */
  readonly gitFile: string;
  /** The store's folder. */
  readonly folder: string;
  readonly indexFile: string;
  /** Git on the store's folder and the user's working tree. */
  readonly toGit: (signal: AbortSignal) => RunGit;
  /** Git on the store's folder alone: it works also where the user's folder is gone. */
  readonly toStoredGit: (signal: AbortSignal) => RunGit;
  /**
   * Git with the project's attributes and the user's global configuration, on another folder of the bridge's own: the project's configuration, which
   * a turn can write below a subfolder, is never read.
   */
  readonly askAttributes: (args: readonly string[], signal: AbortSignal, input?: Buffer) => Promise<Buffer>;
}

/** After this time a new store is begun, and the old one only kept for its receipts. So objects need no garbage collection. */
export const STORE_MS = 14 * 86_400_000;

/** Where stores lie below the state folder. */
export const STORES_FOLDER = "snapshots";

/** Opens the store of a repository, and makes it where it is missing. Throws what the file system throws. */
export async function openStore(options: StoreOptions, signal: AbortSignal): Promise<SnapshotStore> {
  const { repository, gitFile } = options;
  const folder = join(options.stateDir, STORES_FOLDER, findName(options));
  const env = toGitEnv(options.env);
  const indexFile = join(folder, `index-${options.bridgeId}`);
  const own = { GIT_DIR: join(folder, ATTRIBUTES), GIT_WORK_TREE: repository.top, GIT_INDEX_FILE: indexFile };
  const askAttributes: SnapshotStore["askAttributes"] = (args, signal, input) => {
    const limits = { ...env, ...own, ...NOTHING_REMOTE };
    return runGit({ file: gitFile, args: [...NO_PROGRAMS, ...args], env: limits, cwd: repository.top, input }, signal);
  };
  const scope = { file: gitFile, env, gitDir: folder, indexFile };
  const store: SnapshotStore = {
    ...{ repository, gitFile, folder, indexFile },
    toGit: (signal) => createGit({ ...scope, workTree: repository.top }, signal),
    toStoredGit: (signal) => createGit({ ...scope, workTree: folder }, signal),
    askAttributes,
  };
  await makeStore(store, options.hidden, env, signal);
  return store;
}

/** Whoever reads an index asks the monitor that the configuration names. */
const NO_PROGRAMS = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];

// A name that is not of this repository counts for nothing: the record that it is from may have been edited, or the repository made anew.
function findName({ repository: { top, gitDir, objectFormat }, clock, name }: StoreOptions): string {
  const digest = createHash("sha256").update(`${top}\0${gitDir}\0${objectFormat}`).digest("hex").slice(0, 24);
  const isOwn = name !== undefined && STORE_NAME.test(name) && name.startsWith(`${digest}-`);
  return isOwn ? name : `${digest}-${Math.floor(clock() / STORE_MS)}`;
}

/** Within the store: the git folder that is asked about attributes. The store's own overrides them all. */
const ATTRIBUTES = "attributes.git";
export const NO_BRANCH = "ref: refs/heads/none\n";
const PARTS = ["objects/info", "objects/pack", "refs/heads", "info"];
const FOLDERS = [...PARTS, ...PARTS.map((name) => `${ATTRIBUTES}/${name}`)];
const NOTHING_REMOTE = { GIT_CONFIG_NOSYSTEM: "1", GIT_NO_LAZY_FETCH: "1", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };

async function makeStore(
  store: SnapshotStore,
  hidden: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const { folder, repository } = store;
  for (const name of FOLDERS) makePrivateFolder(join(folder, name));
  if (existsSync(join(folder, "HEAD"))) return;
  for (const base of [folder, join(folder, ATTRIBUTES)]) {
    writePrivateFile(join(base, "objects/info/alternates"), `${join(repository.commonDir, "objects")}\n`);
    writePrivateFile(join(base, "config"), toConfig(repository));
  }
  writePrivateFile(join(folder, ATTRIBUTES, "HEAD"), NO_BRANCH);
  const attributes = readSmallTextIfAny(join(repository.commonDir, "info/attributes")) ?? "";
  writePrivateFile(join(folder, ATTRIBUTES, "info/attributes"), attributes);
  writePrivateFile(join(folder, "info/attributes"), RAW);
  const own = [`/${STAGING_PREFIX}*/`, ...toPatterns(hidden, repository.top)];
  const excludes = [await readExcludes(store, env, signal), ...own];
  writePrivateFile(join(folder, "info/exclude"), excludes.join("\n"));
  // The last one: with it the store is whole.
  writePrivateFile(join(folder, "HEAD"), NO_BRANCH);
}

/** Contents go in and out byte by byte, whatever the project's attributes say. Git takes these before all others. */
const RAW = "* -text -eol -filter -ident -working-tree-encoding\n";

/**
 * The configuration of a git folder of ours. Names with a backslash or the like are files as others. A snapshot that a crash of the machine spoils
 * is worth less than the time of each fsync.
 */
export function toConfig({ objectFormat }: Pick<Repository, "objectFormat">): string {
  const isSha1 = objectFormat === "sha1";
  return [
    "[core]",
    `repositoryformatversion = ${isSha1 ? 0 : 1}`,
    "bare = false",
    "fileMode = true",
    "symlinks = true",
    "protectNTFS = false",
    "protectHFS = false",
    "compression = 1",
    "fsync = none",
    "untrackedCache = false",
    "[gc]",
    "auto = 0",
    ...(isSha1 ? [] : ["[extensions]", `objectFormat = ${objectFormat}`]),
    "",
  ].join("\n");
}

// What the user ignores everywhere and in this repository. Git itself reads the `.gitignore` files.
async function readExcludes(
  { repository, askAttributes }: SnapshotStore,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const named = await askAttributes(["config", "--path", "--get", "core.excludesFile"], signal).catch(() => undefined);
  const usual = join(env["XDG_CONFIG_HOME"] ?? join(env["HOME"] ?? homedir(), ".config"), "git/ignore");
  const paths = [named?.toString("utf8").trim() ?? usual, join(repository.commonDir, "info/exclude")];
  return paths.map((path) => readSmallTextIfAny(path) ?? "").join("\n");
}

function toPatterns(hidden: readonly string[], top: string): string[] {
  const below = hidden.filter((folder) => isInside(folder, top) && folder !== top);
  return below.map((folder) => `/${relative(top, folder).replace(/[\\*?[\]!# ]/g, "\\$&")}/`);
}

/** The environment of git: no variable that points it to another repository, or to programs. */
export function toGitEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ["HOME", "XDG_CONFIG_HOME", "PATH", "TMPDIR", "SYSTEMROOT"];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
