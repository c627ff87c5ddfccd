// Vectors that need no model: the same text always has the same one.
import { createHash } from "node:crypto";
import type { Embed } from "../../../src/memory/embeddings/embedder.ts";
import { packVector } from "../../../src/memory/embeddings/packed-vector.ts";
import type { MemoryStore } from "../../../src/memory/memory-store.ts";

const NUMBERS = 256;

/** A number from -1 to 1 for each place, drawn by a text. */
function draw(text: string): number[] {
  const bytes = Array.from({ length: NUMBERS / 32 }, (_, at) => [
    ...createHash("sha256").update(`${at} ${text}`).digest(),
  ]);
  return bytes.flat().map((byte) => byte / 127.5 - 1);
}

function add(texts: readonly string[]): number[] {
  const sum = new Array<number>(NUMBERS).fill(0);
  for (const text of texts) for (const [at, number] of draw(text).entries()) sum[at] = (sum[at] ?? 0) + number;
  return sum;
}

/** Texts are alike that share pieces of words: a weak model. */
export const toPieceVector = (text: string): number[] =>
  add([...text.toLowerCase().matchAll(/(?=([\p{L}\p{N}]{4}))/gu)].map(([, piece = ""]) => piece));

/** No two texts are alike: the worst model. */
export const toNoiseVector = (text: string): number[] => draw(text);

/** A model of the test's own. */
export const toEmbed =
  (toVector: (text: string) => number[]): Embed =>
  async (texts) =>
    texts.map(toVector);

/** Gives every entry its vector. */
export async function embedAll(
  { vectors }: MemoryStore,
  model: string,
  toVector: (text: string) => number[],
): Promise<void> {
  for (;;) {
    const entries = (await vectors?.listWithout(model, {}, 500, [])) ?? [];
    if (entries.length === 0) return;
    const made = entries.map(({ id, title, tags, text }) => {
      return [id, packVector(toVector(`${title}\n${tags.join(", ")}\n${text}`))] as const;
    });
    await vectors?.keep(model, new Map(made));
  }
}
