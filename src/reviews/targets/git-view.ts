// A git folder for reading one repository: the user's objects and references under a configuration of the bridge's own. The user's own folder has a
// configuration that a turn can write, and it can name programs; here none of it is read. What git writes here goes when the folder is removed.
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { readSmallText, readSmallTextIfAny } from "../../files/small-file.ts";
import { createGit, type RunGit } from "../../receipts/snapshots/git-program.ts";
import type { Repository } from "../../receipts/snapshots/repository.ts";
import { type SnapshotStore, toGitEnv } from "../../receipts/snapshots/snapshot-store.ts";
import { listFolder, makePrivateFolder, writePrivateFile } from "../../state/private-files.ts";

/** An open view. */
export interface GitView {
  readonly repository: Repository;
  readonly git: RunGit;
  /** Of the view's own; absent until somebody writes it. */
  readonly indexFile: string;
  /** Text of the repository's configuration file, which is only read as data. */
  readonly configFile: string;
  readonly close: () => void;
}

/** Opens a view on the repository of a store, and on the store's own objects. Throws what the file system throws. */
export function openGitView(
  { repository, folder, gitFile }: SnapshotStore,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): GitView {
  const view = mkdtempSync(join(folder, "view-"));
  const close = (): void => rmSync(view, { recursive: true, force: true });
  try {
    fillView(view, repository, folder);
  } catch (error) {
    close();
    throw error;
  }
  const indexFile = join(view, "index");
  const scope = { file: gitFile, env: toGitEnv(env), gitDir: view, workTree: view, indexFile };
  const configFile = join(repository.commonDir, "config");
  return { repository, git: createGit(scope, signal), indexFile, configFile, close };
}

function fillView(view: string, repository: Repository, store: string): void {
  const { gitDir, commonDir, objectFormat } = repository;
  for (const name of ["objects/info", "objects/pack", "info"]) makePrivateFolder(join(view, name));
  writePrivateFile(join(view, "objects/info/alternates"), `${join(store, "objects")}\n${join(commonDir, "objects")}\n`);
  const isReftable = existsSync(join(commonDir, "reftable"));
  writePrivateFile(join(view, "config"), toConfig(objectFormat, isReftable));
  writePrivateFile(join(view, "info/attributes"), PLAIN);
  for (const name of ["packed-refs", "reftable", "shallow"]) link(join(commonDir, name), join(view, name));
  if (existsSync(join(commonDir, "refs"))) link(join(commonDir, "refs"), join(view, "refs"));
  else makePrivateFolder(join(view, "refs"));
  // A working tree has a HEAD of its own, and git takes no link for it.
  writePrivateFile(join(view, "HEAD"), readSmallText(join(gitDir, "HEAD"), 65_536));
}

function link(target: string, path: string): void {
  if (existsSync(target)) symlinkSync(target, path);
}

/** No attribute of the project hides a file from a review, or changes what is compared. */
const PLAIN = "* !diff !merge -text -eol -filter -ident -working-tree-encoding\n";
/** A larger file is binary to git, so that no diff is without bounds. */
export const LARGE_BYTES = 1_048_576;

function toConfig(objectFormat: Repository["objectFormat"], isReftable: boolean): string {
  const extensions = [
    ...(objectFormat === "sha1" ? [] : [`objectFormat = ${objectFormat}`]),
    ...(isReftable ? ["refStorage = reftable"] : []),
  ];
  return [
    "[core]",
    `repositoryformatversion = ${extensions.length === 0 ? 0 : 1}`,
    "bare = false",
    `bigFileThreshold = ${LARGE_BYTES}`,
    "fsync = none",
    "quotePath = false",
    "[gc]",
    "auto = 0",
    ...(extensions.length === 0 ? [] : ["[extensions]", ...extensions]),
    "",
  ].join("\n");
}

/** What the user is in the middle of, in words; undefined if nothing. */
export function findUnfinished({ gitDir }: Repository): string | undefined {
  const found = UNFINISHED.find(([name]) => existsSync(join(gitDir, name)));
  return found?.[1];
}

const UNFINISHED = [
  ["MERGE_HEAD", "a merge"],
  ["rebase-merge", "a rebase"],
  ["rebase-apply", "a rebase"],
  ["CHERRY_PICK_HEAD", "a cherry-pick"],
  ["REVERT_HEAD", "a revert"],
] as const;

/** Whether history ends at a commit because the clone is shallow. */
export function isShallowAt({ commonDir }: Repository, commit: string): boolean {
  return (readSmallTextIfAny(join(commonDir, "shallow")) ?? "").split("\n").includes(commit);
}

/** Whether the clone may lack contents, which git would fetch when it needs them. Nothing is fetched for a review: the configuration says by what program. */
export function isPartial({ commonDir }: Repository): boolean {
  return listFolder(join(commonDir, "objects/pack")).some((name) => name.endsWith(".promisor"));
}
