// The shapes of chains in the files of the state folder.
import * as z from "zod";
import { CHAIN_ID, HOP_WORD, MOST_HOPS } from "../domain/chain.ts";

const Word = z.string().regex(HOP_WORD);

/** Agents of a chain. */
export const HopsSchema = z
  .array(z.object({ agent: Word, thread: Word.optional(), prompt: Word.optional() }))
  .max(MOST_HOPS);

/** A link, in the record of the thread whose turn it belongs to. */
export const LinkSchema = z.object({
  id: z.string().regex(CHAIN_ID),
  depth: z.int().min(0),
  hops: HopsSchema,
  deadline: z.number(),
  hasBudget: z.boolean(),
});
