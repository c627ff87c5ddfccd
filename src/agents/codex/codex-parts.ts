// The parts of the port that every backend of Codex has in common, since they only read Codex's own files.
import type { AgentBackend } from "../agent-backend.ts";
import { readOwn } from "./codex-frame.ts";
import { checkCallerConfig } from "./config/caller-config.ts";
import { type DefaultsSource, readCodexDefaults } from "./config/codex-defaults.ts";
import { readConversation } from "./rollouts/conversation.ts";
import { findForeignThread } from "./rollouts/foreign-thread.ts";
import { isThreadId } from "./rollouts/rollout-files.ts";
import { findStoredThread, listThreads, searchThreads } from "./threads/list-threads.ts";
import type { TurnRunsOptions } from "./turn/turn-runs.ts";

/** Options of every backend of Codex. */
export interface CodexOptions extends TurnRunsOptions, DefaultsSource {
  /** Config keys that the user allows callers in addition to the built-in list. */
  readonly allowConfig: readonly string[];
}

/** What is read of the threads in Codex's home. */
export type CodexThreadParts = Pick<
  AgentBackend,
  | "name"
  | "agent"
  | "parseThreadId"
  | "findThread"
  | "readConversation"
  | "listThreads"
  | "searchThreads"
  | "findStoredThread"
>;

/** What needs no running Codex. */
export type CodexParts = CodexThreadParts & Pick<AgentBackend, "readDefaults" | "checkConfig">;

/** Makes the parts that only read threads. */
export function createThreadParts(name: string, codexHome: string): CodexThreadParts {
  return {
    name,
    agent: "Codex",
    parseThreadId: (text) => (isThreadId(text) ? text.toLowerCase() : undefined),
    findThread: async (threadId, scope) => findForeignThread(codexHome, threadId, name, scope),
    readConversation: async (threadId, maxCharacters) => readConversation(codexHome, threadId, maxCharacters),
    listThreads: (query) => listThreads(codexHome, query),
    searchThreads: (query, words) => searchThreads(codexHome, query, words),
    findStoredThread: async (threadId) => findStoredThread(codexHome, threadId),
  };
}

/** Makes the common parts of the backend `name`. */
export function createCodexParts(name: string, options: CodexOptions): CodexParts {
  return {
    ...createThreadParts(name, options.codexHome),
    readDefaults: async (own, cwd) => readCodexDefaults(options, readOwn(own).profile, cwd),
    checkConfig: (asked) => {
      const { profile = options.defaultProfile } = asked;
      return checkCallerConfig({ ...asked, profile }, options.allowConfig);
    },
  };
}
