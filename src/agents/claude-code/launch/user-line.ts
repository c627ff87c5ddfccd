// The line that gives Claude Code a prompt.
import { BridgeError } from "../../../domain/errors.ts";
import { readSmallFile } from "../../../files/small-file.ts";

/** The largest image that the Messages API takes, in bytes of its file. */
const IMAGE_BYTES = 3_932_160;

const TYPES: readonly [start: string, type: string][] = [
  ["\x89PNG", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF8", "image/gif"],
  ["RIFF", "image/webp"],
];

/** Builds it. Throws INVALID_ARGUMENT for an image that cannot be read, or is none. */
export function toUserLine(prompt: string, images: readonly string[]): string {
  const content = [...images.map(toImage), { type: "text", text: toPlainText(prompt) }];
  return JSON.stringify({ type: "user", message: { role: "user", content } });
}

// A text that begins with the name of a command is answered by Claude Code itself, as a success (docs/claude-code.md#as-a-callee).
function toPlainText(prompt: string): string {
  return prompt.startsWith("/") ? `\n${prompt}` : prompt;
}

function toImage(path: string): Record<string, unknown> {
  const bytes = readImage(path);
  const head = bytes.subarray(0, 4).toString("latin1");
  const type = TYPES.find(([start]) => head.startsWith(start))?.[1];
  if (type === undefined) throw refuse(path, "is no PNG, JPEG, GIF or WebP image");
  return { type: "image", source: { type: "base64", media_type: type, data: bytes.toString("base64") } };
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
