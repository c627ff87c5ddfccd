// Makes a thread fit to be shown: what the bridge knows beside what its file says, and texts that are safe to show.
import type { AgentBackend } from "../../agents/agent-backend.ts";
import type { Redact } from "../../domain/redact.ts";
import type { StoredThread } from "../../domain/stored-thread.ts";
import type { ThreadRecord } from "../../domain/thread.ts";
import type { LockFiles, LockHeld } from "../../state/lock-files.ts";
import type { SessionStore } from "../threads/session-store.ts";
import { toTitle } from "../threads/thread-titles.ts";
import type { OpenState, ShownThread } from "./stored-threads.ts";

/** What threads are shown with. */
export interface ShowOptions {
  readonly sessions: Pick<SessionStore, "get">;
  readonly locks: Pick<LockFiles, "look">;
  /** Process id of this bridge, to tell its own locks. */
  readonly ownPid: number;
  readonly backend: Pick<AgentBackend, "name">;
  /** Directory of the bridge: names belong to it. */
  readonly baseDir: string;
  readonly redact: Redact;
}

/** The origin is a word of a program's. */
const NO_SECRETS: Redact = (text) => text;
/** Origins of Codex that have a plain word. */
const STARTED_BY: Readonly<Record<string, string>> = { cli: "terminal", exec: "codex exec", vscode: "app or editor" };

/** Makes the view of a thread. */
export function createThreadShow(options: ShowOptions): (stored: StoredThread) => ShownThread {
  const { sessions, baseDir, backend, redact } = options;
  const toLine = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : toTitle(text, redact);
  return (stored) => {
    const record = readRecord(sessions, stored.threadId);
    const { name, firstPrompt, isArchived, lastUsedAt } = stored;
    return {
      threadId: stored.threadId,
      sessionId: record?.project === baseDir ? record.sessionId : undefined,
      name: toLine(name),
      title: record?.title ?? toLine(firstPrompt),
      cwd: record?.frame.cwd ?? stored.cwd,
      sandbox: record?.frame.sandbox.mode ?? stored.sandboxMode,
      model: record?.frame.model ?? toLine(stored.model),
      reasoningEffort: record?.frame.reasoningEffort ?? toLine(stored.reasoningEffort),
      backend: record?.frame.backend ?? backend.name,
      startedBy: toStarter(stored.origin, record),
      lastUsedAt,
      open: toOpenState(stored, options),
      isArchived,
    };
  };
}

// Only threads that the bridge started have first words in their record.
function toStarter(origin: string, record: ThreadRecord | undefined): string {
  if (record?.title !== undefined) return "codex-bridge";
  return STARTED_BY[origin] ?? toTitle(origin, NO_SECRETS);
}

// A record that cannot be read says nothing here. A turn would name the problem.
function readRecord(sessions: ShowOptions["sessions"], threadId: string): ThreadRecord | undefined {
  try {
    return sessions.get(threadId);
  } catch {
    return undefined;
  }
}

function toOpenState({ threadId, use }: StoredThread, { locks, ownPid }: ShowOptions): OpenState {
  let held: LockHeld | undefined;
  try {
    held = locks.look(threadId);
  } catch {
    return "unknown";
  }
  if (held !== undefined) return held.isSeenAlive && held.holder.pid === ownPid ? "here" : "elsewhere";
  if (use === "free") return "no";
  return use === "unknown" ? "unknown" : "elsewhere";
}
