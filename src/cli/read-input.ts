import type { Readable } from "node:stream";

/** Reads a stream to its end as UTF-8. Throws if it is longer than `most` characters. */
export async function readInput(stream: Readable, most: number): Promise<string> {
  stream.setEncoding("utf8");
  let text = "";
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.length > most) throw new Error(`longer than ${most} characters`);
  }
  return text;
}
