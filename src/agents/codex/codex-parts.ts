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

/** What needs no running Codex. */
export type CodexParts = Pick<
  AgentBackend,
  | "name"
  | "agent"
  | "readDefaults"
  | "checkConfig"
  | "parseThreadId"
  | "findThread"
  | "readConversation"
  | "listThreads"
  | "searchThreads"
  | "findStoredThread"
>;

/** Makes the common parts of the backend `name`. */
export function createCodexParts(name: string, options: CodexOptions): CodexParts {
  return {
    name,
    agent: "Codex",
    readDefaults: async (own, cwd) => readCodexDefaults(options, readOwn(own).profile, cwd),
    checkConfig: (asked) => {
      const { profile = options.defaultProfile } = asked;
      return checkCallerConfig({ ...asked, profile }, options.allowConfig);
    },
    parseThreadId: (text) => (isThreadId(text) ? text.toLowerCase() : undefined),
    findThread: async (threadId, scope) => findForeignThread(options.codexHome, threadId, name, scope),
    readConversation: async (threadId, maxCharacters) => readConversation(options.codexHome, threadId, maxCharacters),
    listThreads: (query) => listThreads(options.codexHome, query),
    searchThreads: (query, words) => searchThreads(options.codexHome, query, words),
    findStoredThread: async (threadId) => findStoredThread(options.codexHome, threadId),
  };
}
