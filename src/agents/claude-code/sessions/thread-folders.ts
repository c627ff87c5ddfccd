// Where Claude Code keeps a thread: in a folder of the thread's own, or among the user's sessions. Under a sandbox it is always its own folder,
// since whoever can write the user's could plant hooks, memories and shell snapshots for the user's next session.
import { constants, copyFileSync, existsSync, lstatSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  CLAUDE_CODE,
  clearCalleeFolder,
  listCalleeThreads,
  makeCalleeFolder,
  openCalleeFolder,
  toCalleeFolder,
} from "../../../state/callee-folders.ts";
import { findSession, type SessionFolder } from "./session-files.ts";

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
  /**
   * Makes the folder of a thread, for a Claude Code in a sandbox or (`isHeld` false) without one. A session of the user's is copied into it: it
   * goes on there, and the user's own stays as it is. Call it while no process of the thread runs.
   */
  open(threadId: string, isHeld: boolean): ThreadFolder;
  /** The user's settings folder, in which the login is. */
  readonly userConfig: string;
  /** Folders of sessions, one for each thread with a folder of its own, then the user's. With a thread: its own, then the user's. */
  listSessionFolders(threadId?: string): SessionFolder[];
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
    const path = toCalleeFolder(stateDir, CLAUDE_CODE, threadId);
    return { path, config: join(path, CONFIG), tmp: join(path, TMP) };
  };
  const findOwn = (threadId: string): string | undefined =>
    findSession([{ path: join(of(threadId).config, SESSIONS), threadId }], threadId);

  return {
    of,
    userConfig,
    has: (threadId) => findOwn(threadId) !== undefined,
    open: (threadId, isHeld) => {
      const folder = of(threadId);
      openCalleeFolder(folder.path, [CONFIG, TMP], clock());
      if (!isHeld) keepSessionAlone(folder, findOwn(threadId));
      const theirs = findOwn(threadId) === undefined ? findSession([{ path: userSessions }], threadId) : undefined;
      if (theirs !== undefined) bringAlong(theirs, folder.config);
      return folder;
    },
    listSessionFolders: (threadId) => {
      const threads = threadId === undefined ? listCalleeThreads(stateDir, CLAUDE_CODE) : [threadId];
      const own = threads.map((id) => ({ path: join(of(id).config, SESSIONS), threadId: id }));
      return [...own, { path: userSessions }].filter(({ path }) => existsSync(path));
    },
  };
}

function bringAlong(session: string, config: string): void {
  const copy = join(makeCalleeFolder(config, [SESSIONS, basename(dirname(session))]), basename(session));
  // A link there leads nowhere, or the thread would have a session.
  rmSync(copy, { force: true });
  copyFileSync(session, copy, constants.COPYFILE_EXCL);
}

// What ran in the sandbox may have written settings there: the `env` of `.claude.json` reaches all that Claude Code starts, whatever its flags
// (docs/claude-code.md#inside-codexs-sandbox). Outside of the sandbox they would act with everything.
function keepSessionAlone({ config, tmp }: ThreadFolder, session: string | undefined): void {
  const folder = session === undefined ? undefined : basename(dirname(session));
  clearCalleeFolder(tmp);
  clearCalleeFolder(config, (name) => name === SESSIONS);
  clearCalleeFolder(makeCalleeFolder(config, [SESSIONS]), (name) => name === folder);
  if (session === undefined || folder === undefined) return;
  const kept = makeCalleeFolder(config, [SESSIONS, folder]);
  // Claude Code writes at its end: a link would lead it elsewhere.
  clearCalleeFolder(kept, (name) => name === basename(session) && lstatSync(join(kept, name)).isFile());
}
