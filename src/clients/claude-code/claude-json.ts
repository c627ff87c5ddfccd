// Reads Claude Code's own JSON files. What is not there counts as empty; what cannot be read is reported.
import { isRecord } from "../../domain/guards.ts";
import { readSmallText } from "../../files/small-file.ts";

/** A file that could not be read. */
export interface FileProblem {
  readonly file: string;
  readonly reason: string;
}

/** Reads a file's object, once. */
export type ReadObject = (file: string) => Record<string, unknown>;

/** Claude Code never writes a larger file. */
const MAX_BYTES = 67_108_864;

/** Makes a reader, which adds to `problems`. */
export function createObjectReader(problems: FileProblem[]): ReadObject {
  const contents = new Map<string, Record<string, unknown>>();
  return (file) => {
    const known = contents.get(file) ?? readObject(file, problems);
    contents.set(file, known);
    return known;
  };
}

function readObject(file: string, problems: FileProblem[]): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readSmallText(file, MAX_BYTES).replace(/^\ufeff/, ""));
    if (isRecord(value)) return value;
    problems.push({ file, reason: "is JSON, but no object" });
    return {};
  } catch (error) {
    const isMissing = isRecord(error) && ["ENOENT", "ENOTDIR"].includes(String(error["code"]));
    if (!isMissing) problems.push({ file, reason: error instanceof SyntaxError ? "is not JSON" : "cannot be read" });
    return {};
  }
}

/** The value, or an empty object if it is none. */
export function toObject(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
