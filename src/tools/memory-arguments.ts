// Arguments of the memory's tools.
import * as z from "zod";
import { MEMORY_KINDS } from "../memory/memory-store.ts";
import { sessionIdArgument } from "./arguments.ts";

const word = z
  .string()
  .trim()
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u, "must be 1 to 200 printable characters");
/** Where a session stands. */
export const statusArgument = word;
const words = z.array(z.string().max(1_000)).max(100);
const said = z.union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)]);

/** A text, or several: strings, or objects with `content` as chats have them. Published as two types, as `expect` is. */
export const messagesArgument = z
  .unknown()
  .pipe(
    z.union(
      [
        z.string(),
        z
          .array(said)
          .max(1_000)
          .transform((all) => all.join("\n\n")),
      ],
      "must be text or a list of texts",
    ),
  )
  .meta({ type: ["string", "array"] });

/** What an entry can be filtered by, and stored with. */
export const entryArguments = {
  sessionId: sessionIdArgument.optional().describe("Exact id of the piece of work."),
  kind: z.enum(MEMORY_KINDS).optional().describe("What it is."),
  agent: word.optional().describe("Its author."),
  status: statusArgument.optional().describe("Status marker."),
  tags: words.optional().describe("Tags."),
  files: words.optional().describe("Paths."),
  scope: z.enum(["project", "user"]).optional().describe("This repository, or everywhere."),
};
