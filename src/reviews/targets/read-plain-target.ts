// Reads a target that is no change: a text, or whole files.
import { createHash } from "node:crypto";
import { isAbsolute, relative, resolve } from "node:path";
import { countOf } from "../../domain/count-of.ts";
import { BridgeError } from "../../domain/errors.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import { isInside } from "../../domain/sandbox.ts";
import { readSmallFile } from "../../files/small-file.ts";
import { isBinaryName } from "../rank-files.ts";
import { toShownName } from "../shown-path.ts";
import { type LeftOut, type ReadOptions, type ReviewedFile, type ReviewMaterial, TEXT_PATH } from "../target.ts";
import { LARGE_BYTES } from "./git-view.ts";

/** A text as material, with the files that go with it. `findTop` gives the folder that paths are relative to. Throws INVALID_ARGUMENT for a file that does not exist. */
export function readTextTarget(
  { text, files = [] }: { readonly text: string; readonly files?: readonly string[] | undefined },
  findTop: () => string,
  { cwd, since }: ReadOptions,
): ReviewMaterial {
  const what = `a text of ${text.length} characters`;
  const own: [string, string] = [TEXT_PATH, text];
  if (files.length === 0) return toMaterial({ top: cwd, what, texts: new Map([own]), leftOut: [], since });
  const top = findTop();
  const { texts, leftOut } = readTexts(files, top, cwd);
  const whole = `${what}, with ${countOf(texts.size + leftOut.length, "file")} that it is about`;
  return toMaterial({ top, what: whole, texts: new Map([own, ...texts]), leftOut, since });
}

/** Files as material. Throws INVALID_ARGUMENT for a file that does not exist. */
export function readFilesTarget(paths: readonly string[], top: string, { cwd, since }: ReadOptions): ReviewMaterial {
  const { texts, leftOut } = readTexts(paths, top, cwd);
  const names = [...texts.keys(), ...leftOut.map(({ path }) => path)];
  const what = names.length === 1 ? `file ${names.join("")}` : `${names.length} files`;
  return toMaterial({ top, what, texts, leftOut, since });
}

function readTexts(
  paths: readonly string[],
  top: string,
  cwd: string,
): { readonly texts: Map<string, string>; readonly leftOut: LeftOut[] } {
  const texts = new Map<string, string>();
  const leftOut: LeftOut[] = [];
  const missing: string[] = [];
  for (const told of new Set(paths)) {
    const file = resolve(cwd, told);
    const path = toShownName(isInside(file, top) ? relative(top, file) || "." : file);
    const read = readText(file);
    if ("text" in read) texts.set(path, read.text);
    else if (read.reason === undefined) missing.push(toPrintableLine(isAbsolute(told) ? file : told));
    else leftOut.push({ path, reason: read.reason, isMissed: read.reason !== BINARY || !isBinaryName(path) });
  }
  if (missing.length > 0) {
    const shown = missing.slice(0, 10).join(", ");
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `These files do not exist: ${shown}${missing.length > 10 ? ", …" : ""}.`,
      {
        nextStep: "Name files by their paths relative to the directory, or absolute.",
      },
    );
  }
  return { texts, leftOut };
}

const BINARY = "it is binary";

type ReadText = { readonly text: string } | { readonly reason: string | undefined };

// `reason: undefined`: it does not exist.
function readText(file: string): ReadText {
  try {
    const content = readSmallFile(file, LARGE_BYTES);
    return content.subarray(0, 8_000).includes(0) ? { reason: BINARY } : { text: content.toString("utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return { reason: undefined };
    if (code === "EFBIG") return { reason: "it is larger than 1 MB" };
    return { reason: code === "ENOTREG" ? "it is a folder or no ordinary file" : "it cannot be read" };
  }
}

interface Plain {
  readonly top: string;
  readonly what: string;
  readonly texts: ReadonlyMap<string, string>;
  readonly leftOut: readonly LeftOut[];
  readonly since: ReadOptions["since"];
}

function toMaterial({ top, what, texts, leftOut, since }: Plain): ReviewMaterial {
  const hashes = Object.fromEntries(
    [...texts].map(([path, text]) => [path, createHash("sha256").update(text).digest("hex")]),
  );
  const earlier = since?.kind === "contents" ? new Map(Object.entries(since.hashes)) : undefined;
  const files = [...texts]
    .filter(([path, text]) => text.trim() !== "" && earlier?.get(path) !== hashes[path])
    .map(([path, text]): ReviewedFile => ({ path, kind: "whole", diff: text }));
  const heading = earlier === undefined ? what : `${what}, since the earlier review`;
  return {
    ...{ top, files, leftOut, within: [], notes: [], what: heading, heading },
    state: { kind: "contents", hashes },
    readReviewed: async (path) => texts.get(path),
    readBefore: async () => undefined,
  };
}
