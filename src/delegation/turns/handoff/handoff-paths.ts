// The files of a hand-off: which paths they may have. The bridge reads both, so neither leads out of the project.

import { isUtf8 } from "node:buffer";
import { lstatSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { isInside } from "../../../domain/sandbox.ts";
import { isGitName } from "../../../files/git-name.ts";
import { findRealPath, resolveRealPath } from "../../../files/real-path.ts";
import { readSmallFile, UnreadableFileError } from "../../../files/small-file.ts";
import { findOwnRepository } from "../../../receipts/snapshots/repository.ts";
import { isSecretName } from "../../../reviews/secret-names.ts";
import { checkRoots } from "../../threads/directories.ts";

/** A document that is handed on. */
export interface HandoffDocument {
  /** Real path. */
  readonly path: string;
  /** As the agent is told: relative to the directory from which it was named. */
  readonly name: string;
  readonly text: string;
  /** Size of the file. */
  readonly bytes: number;
}

/** A larger file is not read, neither before the turn nor after it. */
export const MOST_BYTES = 4_194_304;

/** Where a document may lie. */
export interface DocumentScope {
  /** The user's home folder: a repository of it is no project of the folders in it. */
  readonly home: string;
  /** As in DirectoryScope. */
  readonly roots: readonly string[];
}

/**
 * Reads the file of `handoff.read`, relative to a directory (a real path). It must be a text of its project: the repository around the directory,
 * or the directory itself. Throws INVALID_ARGUMENT, or SANDBOX_DENIED outside BRIDGE_ROOTS.
 */
export function readDocument(asked: string, from: string, { home, roots }: DocumentScope): HandoffDocument {
  const project = findOwnRepository(from, resolveRealPath(home))?.top ?? from;
  const path = findFile("read", resolvePath("read", asked, from), project);
  checkRoots("handoff.read", path, roots);
  const bytes = read(path, asked);
  // What is no UTF-8 would be replaced, and the agent would work on something else.
  if (!isUtf8(bytes) || bytes.includes(0)) throw refuse("read", asked, "is not a text in UTF-8", NAME_TEXT);
  const text = bytes.toString("utf8");
  if (text.trim() === "")
    throw refuse("read", asked, "is empty", "Write the document first, then make the call again.");
  return { path, name: relative(from, path), text, bytes: bytes.length };
}

const NAME_TEXT = "Name a text file, or put its path into the prompt: the agent can look at it itself.";

/** Where the file of `handoff.write` is, in a thread's directory (a real path). Nothing need be there yet. Throws INVALID_ARGUMENT. */
export function resolveWrite(asked: string, cwd: string): string {
  const path = resolvePath("write", asked, cwd);
  const folder = resolveRealPath(dirname(path));
  const real = join(folder, basename(path));
  if (!isInside(real, cwd) || real === cwd) {
    throw refuse("write", asked, "is outside the thread's directory", `Name a path below ${cwd}.`);
  }
  checkNames("write", asked, real, cwd);
  const stat = lstatSync(real, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) {
    throw refuse(
      "write",
      asked,
      stat.isSymbolicLink() ? "is a symbolic link" : "is no regular file",
      "Name a new file.",
    );
  }
  return real;
}

function resolvePath(name: "read" | "write", asked: string, from: string): string {
  if (asked.trim() === "" || asked.includes("\0") || asked.endsWith("/")) {
    throw refuse(name, asked, "is not the path of a file", "Name a file of the project, such as PLAN.md.");
  }
  return resolve(from, asked);
}

function findFile(name: "read", path: string, project: string): string {
  const real = findRealPath(path);
  if (real === undefined) {
    const next = "Write the document first, or correct the path. A relative one starts at the thread's directory.";
    throw refuse(name, path, "does not exist", next);
  }
  if (!isInside(real, project)) {
    throw refuse(name, path, "leads out of the project", `Name a file below ${project}, or copy it there.`);
  }
  // The name that was asked for counts too: a link could hide what is read.
  checkNames(name, path, path, project);
  checkNames(name, path, real, project);
  if (!lstatSync(real).isFile()) throw refuse(name, path, "is no regular file", NAME_TEXT);
  return real;
}

function checkNames(name: "read" | "write", asked: string, path: string, top: string): void {
  if (isGitName(relative(top, path)))
    throw refuse(name, asked, "is a file of git's own", "Name a file of the project.");
  if (!isSecretName(path)) return;
  throw refuse(name, asked, "has a path that says that it may hold secrets", "Name another file.");
}

function read(path: string, asked: string): Buffer {
  try {
    return readSmallFile(path, MOST_BYTES, { follows: false });
  } catch (error) {
    const isLarge = error instanceof UnreadableFileError && error.code === "EFBIG";
    const what = isLarge ? `is larger than ${MOST_BYTES} bytes` : "cannot be read";
    throw refuse("read", asked, what, isLarge ? NAME_TEXT : "Make it readable, or name another file.", error);
  }
}

function refuse(name: string, path: string, what: string, nextStep: string, cause?: unknown): BridgeError {
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  const details = { argument: "handoff" };
  return new BridgeError("INVALID_ARGUMENT", `handoff.${name} ${shown} ${what}.`, { nextStep, details, cause });
}
