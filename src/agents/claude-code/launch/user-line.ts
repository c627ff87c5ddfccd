// The line that gives Claude Code a prompt.
import { readImageData } from "../../turn/image-data.ts";

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
  const { type, base64 } = readImageData(path);
  return { type: "image", source: { type: "base64", media_type: type, data: base64 } };
}
