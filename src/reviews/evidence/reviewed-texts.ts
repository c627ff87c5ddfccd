// The texts that quotes are looked for in, each read once.
import type { ReviewMaterial } from "../target.ts";
import { type FlatText, flatten } from "./flat-text.ts";

/** What evidence is looked for in. */
export type EvidenceMaterial = Pick<ReviewMaterial, "top" | "files" | "leftOut" | "readReviewed" | "readBefore">;

/** Texts ready for a search; undefined where a file does not exist. They reject where it cannot be read. */
export interface ReviewedTexts {
  readonly readNew: (path: string) => Promise<FlatText | undefined>;
  readonly readOld: (path: string) => Promise<FlatText | undefined>;
}

/** Makes them. */
export function createTexts({
  readReviewed,
  readBefore,
}: Pick<EvidenceMaterial, "readReviewed" | "readBefore">): ReviewedTexts {
  return { readNew: keep(readReviewed), readOld: keep(readBefore) };
}

function keep(read: (path: string) => Promise<string | undefined>): (path: string) => Promise<FlatText | undefined> {
  const known = new Map<string, Promise<FlatText | undefined>>();
  return (path) => {
    const text = known.get(path) ?? read(path).then((text) => (text === undefined ? undefined : flatten(text)));
    known.set(path, text);
    return text;
  };
}
