// An image as agents take it that read no files for a prompt.
import { BridgeError } from "../../domain/errors.ts";
import { readSmallFile } from "../../files/small-file.ts";

/** The largest image that the Messages API takes, in bytes of its file. */
const IMAGE_BYTES = 3_932_160;

const TYPES: readonly [start: string, type: string][] = [
  ["\x89PNG", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF8", "image/gif"],
  ["RIFF", "image/webp"],
];

/** Reads one. Throws INVALID_ARGUMENT for an image that cannot be read, or is none. */
export function readImageData(path: string): { readonly type: string; readonly base64: string } {
  const bytes = readImage(path);
  const head = bytes.subarray(0, 4).toString("latin1");
  const type = TYPES.find(([start]) => head.startsWith(start))?.[1];
  if (type === undefined) throw refuse(path, "is no PNG, JPEG, GIF or WebP image");
  return { type, base64: bytes.toString("base64") };
}

function readImage(path: string): Buffer {
  try {
    return readSmallFile(path, IMAGE_BYTES);
  } catch (error) {
    throw refuse(path, `cannot be read, or is larger than ${IMAGE_BYTES} bytes`, error);
  }
}

function refuse(path: string, why: string, cause?: unknown): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", `images: ${path} ${why}.`, { cause });
}
