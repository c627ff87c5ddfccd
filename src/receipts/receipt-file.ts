// A changed file as its receipt writes it down.
import type { ReceiptFile } from "../state/receipt-files.ts";
import { type BytePath, toReadablePath } from "./snapshots/byte-path.ts";
import type { ComparedFile } from "./snapshots/compare-git.ts";

/** The file for a receipt. */
export function toReceiptFile({ path, from, ...file }: ComparedFile): ReceiptFile {
  const name = toName(path);
  const old = from === undefined ? undefined : toName(from);
  return { ...file, path: name.text, bytes: name.bytes, from: old?.text, fromBytes: old?.bytes };
}

/** The paths of a file of a receipt, byte by byte. */
export function toBytePaths({ path, bytes, from, fromBytes }: ReceiptFile): {
  path: BytePath;
  from: BytePath | undefined;
} {
  return { path: toBytes(path, bytes), from: from === undefined ? undefined : toBytes(from, fromBytes) };
}

function toName(path: BytePath): { readonly text: string; readonly bytes: string | undefined } {
  const text = toReadablePath(path);
  const isLossless = Buffer.from(text).toString("latin1") === path;
  return { text, bytes: isLossless ? undefined : Buffer.from(path, "latin1").toString("base64") };
}

function toBytes(text: string, bytes: string | undefined): BytePath {
  return (bytes === undefined ? Buffer.from(text) : Buffer.from(bytes, "base64")).toString("latin1");
}
