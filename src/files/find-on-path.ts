// Finds programs.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { isInside } from "../domain/sandbox.ts";
import { findRealPath } from "./real-path.ts";

/** Finds a program by its name on a PATH; undefined if there is none. */
export function findOnPath(name: string, pathVariable: string): string | undefined {
  return pathVariable
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isProgram);
}

/** Whether a path is a file that may be run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * A PATH without the folders that a turn in `cwd` could have written. npm and npx put `node_modules/.bin` of the project and of every folder
 * above it in front of PATH: a sandboxed turn can put a program there, and the next one would start it outside the sandbox.
 */
export function leaveOutProject(pathVariable: string, cwd: string | undefined): string {
  if (cwd === undefined) return pathVariable;
  const isOfProject = (folder: string): boolean => {
    const real = findRealPath(folder) ?? folder;
    const owner = /^(.*)\/node_modules\/\.bin$/.exec(real)?.[1];
    return isInside(real, cwd) || (owner !== undefined && isInside(cwd, owner));
  };
  return pathVariable
    .split(delimiter)
    .filter((folder) => !isOfProject(folder))
    .join(delimiter);
}
