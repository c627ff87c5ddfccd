// What was said in the threads of agents whose own files the bridge cannot read: one file a thread, a line for each message. It also says which
// session of the agent's a thread is.
import { appendFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../domain/guards.ts";
import type { ThreadMessage } from "../domain/thread.ts";
import { readSmallText } from "../files/small-file.ts";
import { ifThere } from "./json-folder.ts";
import { createPrivateFile, sweepFolder } from "./private-files.ts";

/** A thread on record. */
export interface AgentThread {
  readonly threadId: string;
  /** The agent's id of it. */
  readonly session: string;
  readonly cwd: string;
  readonly model: string | undefined;
  /** When its last turn began, and when its file was written, epoch ms. */
  readonly turnAt: number | undefined;
  readonly writtenAt: number;
  /** Oldest first. */
  readonly messages: readonly ThreadMessage[];
}

/** The threads of one agent. */
export interface AgentThreadFiles {
  /** Begins the record of a thread. Throws what the file system throws. */
  begin(thread: Pick<AgentThread, "threadId" | "session" | "cwd">): void;
  /** Adds a message, with the model where one was named. None is added to a file of 64 MiB. Throws what the file system throws. */
  add(threadId: string, message: ThreadMessage, at: number, model?: string): void;
  /** A thread; undefined if there is none. Throws what the file system throws where it cannot be read. */
  read(threadId: string): AgentThread | undefined;
  /** Ids of all threads, the last written first. */
  list(): string[];
}

/** Folder of these files, in the state folder: one for each agent. */
const FOLDER = "agent-threads";
const SUFFIX = ".jsonl";
const MAX_BYTES = 67_108_864;
/** Characters of a message that are kept. */
const MESSAGE_CHARACTERS = 200_000;

/** Access to the files of an agent. Nothing is created before the first thread. `agent` and all ids are safe as file names. */
export function createAgentThreadFiles(stateDir: string, agent: string): AgentThreadFiles {
  const folder = join(stateDir, FOLDER, agent);
  const toPath = (threadId: string): string => join(folder, `${threadId}${SUFFIX}`);
  return {
    begin: ({ threadId, session, cwd }) => {
      createPrivateFile(toPath(threadId), `${JSON.stringify({ version: 1, session, cwd })}\n`);
    },
    add: (threadId, { role, text }, at, model) => {
      const line = `${JSON.stringify({ role, text: text.slice(0, MESSAGE_CHARACTERS).toWellFormed(), at, model })}\n`;
      const size = statSync(toPath(threadId), { throwIfNoEntry: false })?.size ?? 0;
      // A larger file could not be read any more, and the thread could not go on.
      if (size + Buffer.byteLength(line) <= MAX_BYTES) appendFileSync(toPath(threadId), line);
    },
    read: (threadId) => {
      const path = toPath(threadId);
      const text = ifThere(() => readSmallText(path, MAX_BYTES));
      return text === undefined ? undefined : toThread(threadId, text, statSync(path).mtimeMs);
    },
    list: () =>
      (ifThere(() => readdirSync(folder)) ?? [])
        .filter((name) => name.endsWith(SUFFIX))
        .map((name) => ({ name, at: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
        .sort((a, b) => b.at - a.at)
        .map(({ name }) => name.slice(0, -SUFFIX.length)),
  };
}

/** Removes the files of all agents that were last written before `before` (epoch ms). */
export async function sweepAgentThreads(stateDir: string, before: number, signal?: AbortSignal): Promise<void> {
  const folder = join(stateDir, FOLDER);
  for (const agent of ifThere(() => readdirSync(folder)) ?? []) {
    await sweepFolder(join(folder, agent), before, { signal });
  }
}

// The last line may be half written.
function toThread(threadId: string, text: string, writtenAt: number): AgentThread | undefined {
  const [head, ...lines] = text.split("\n").flatMap(parseLine);
  const { session, cwd } = head ?? {};
  if (typeof session !== "string" || typeof cwd !== "string") return undefined;
  const said = lines.flatMap(({ role, text: words, at, model }) =>
    (role === "user" || role === "assistant") && typeof words === "string"
      ? [{ message: { role, text: words } as const, at, model }]
      : [],
  );
  const asked = said.findLast(({ message }) => message.role === "user")?.at;
  const model = said.findLast((line) => typeof line.model === "string")?.model;
  return {
    ...{ threadId, session, cwd, writtenAt },
    model: typeof model === "string" ? model : undefined,
    turnAt: typeof asked === "number" ? asked : undefined,
    messages: said.map(({ message }) => message),
  };
}

function parseLine(text: string): Readonly<Record<string, unknown>>[] {
  if (text === "") return [];
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? [value] : [];
  } catch {
    return [];
  }
}
