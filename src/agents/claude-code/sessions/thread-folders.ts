// Where Claude Code keeps a thread: in a folder of the thread's own, or among the user's sessions. Under a sandbox it is always its own folder,
// since whoever can write the user's could plant hooks, memories and shell snapshots for the user's next session.
import { copyFileSync, existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { listCalleeThreads, openCalleeFolder, toCalleeFolder } from "../../../state/callee-folders.ts";
import { makePrivateFolder } from "../../../state/private-files.ts";
import { findSession } from "./session-files.ts";

const AGENT = "claude-code";
const CONFIG = "config";
const TMP = "tmp";
const SESSIONS = "projects";

/** Folders of a thread. */
export interface ThreadFolder {
  readonly path: string;
  /** Claude Code's settings folder. */
  readonly config: string;
  readonly tmp: string;
}

/** The folders of Claude Code's threads. */
export interface ThreadFolders {
  /** The folder of a thread, whether it is there or not. */
  of(threadId: string): ThreadFolder;
  /** Whether the thread's session is in its own folder. */
  has(threadId: string): boolean;
  /** Makes the folder of a thread. A session of the user's is copied into it: it goes on there, and the user's own stays as it is. */
  open(threadId: string): ThreadFolder;
  /** The user's settings folder, in which the login is. */
  readonly userConfig: string;
  /** Folders of sessions, one for each thread with a folder of its own, then the user's. */
  listSessionFolders(threadId?: string): string[];
}

/** Options of the folders. */
export interface ThreadFoldersOptions {
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly clock: () => number;
}

/** Makes them. */
export function createThreadFolders({ stateDir, env, home, clock }: ThreadFoldersOptions): ThreadFolders {
  const userConfig = env["CLAUDE_CONFIG_DIR"] || join(home, ".claude");
  const userSessions = join(userConfig, SESSIONS);
  const of = (threadId: string): ThreadFolder => {
    const path = toCalleeFolder(stateDir, AGENT, threadId);
    return { path, config: join(path, CONFIG), tmp: join(path, TMP) };
  };
  const findOwn = (threadId: string): string | undefined =>
    findSession([join(of(threadId).config, SESSIONS)], threadId);

  return {
    of,
    userConfig,
    has: (threadId) => findOwn(threadId) !== undefined,
    open: (threadId) => {
      const folder = of(threadId);
      openCalleeFolder(folder.path, [CONFIG, TMP], clock());
      const theirs = findOwn(threadId) === undefined ? findSession([userSessions], threadId) : undefined;
      if (theirs !== undefined) bringAlong(theirs, join(folder.config, SESSIONS));
      return folder;
    },
    listSessionFolders: (threadId) => {
      const threads = threadId === undefined ? listCalleeThreads(stateDir, AGENT) : [threadId];
      return [...threads.map((id) => join(of(id).config, SESSIONS)), userSessions].filter((path) => existsSync(path));
    },
  };
}

function bringAlong(session: string, sessions: string): void {
  const folder = join(sessions, basename(dirname(session)));
  makePrivateFolder(folder);
  copyFileSync(session, join(folder, basename(session)));
}
