// Messages that one agent left for another, one small file each, until they are delivered.
import { join } from "node:path";
import * as z from "zod";
import { createDatedRecords, type DatedRecords } from "./dated-records.ts";

/** Form of an id. */
const MESSAGE_ID = /^ms-[\w-]{8}$/;

const MessageSchema = z.object({
  id: z.string().regex(MESSAGE_ID),
  /** Directory of the bridge that it was left with. */
  project: z.string(),
  /** Epoch ms. */
  createdAt: z.number(),
  /** Who left it; a thread where it is known. */
  from: z.object({ agent: z.string(), threadId: z.string().optional() }),
  /** Who gets it: the sessions of an agent in the project, or one thread, wherever it is continued. */
  to: z.object({ agent: z.string(), threadId: z.string().optional() }),
  text: z.string(),
});

/** A message as its file holds it. */
export type StoredMessage = z.infer<typeof MessageSchema>;

/** Message files below a state folder. */
export type MessageFiles = DatedRecords<StoredMessage>;

/** Creates access; nothing is created on disk before the first write. */
export function createMessageFiles(stateDir: string): MessageFiles {
  return createDatedRecords<StoredMessage>(join(stateDir, "messages"), {
    ...{ schema: MessageSchema, version: 1, maxBytes: 1_048_576, form: MESSAGE_ID },
  });
}
