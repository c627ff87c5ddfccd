// What the end-to-end tests share: a session for each test, and the terminals that it opens, cleaned up after it.
import { test as base } from "vitest";
import type { ModelStep } from "../../src/setup/demo/messages-standin.ts";
import { createSession, type Script, type Session, type SessionOptions } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** Opens Claude Code in a terminal. Its model follows a script, or takes steps one by one and then says `that is all`. */
export type Open = (script: Script | readonly ModelStep[], options?: SessionOptions) => Promise<Terminal>;

export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend("session", async ({}, { onCleanup }): Promise<Session> => {
    const session = await createSession();
    onCleanup(session.close);
    return session;
  })
  .extend("open", async ({ session }, { onCleanup }): Promise<Open> => {
    const opened: Terminal[] = [];
    onCleanup(async () => {
      for (const terminal of opened) await terminal.close();
    });
    return async (script, options) => {
      const follow: Script = typeof script === "function" ? script : ({ index }) => script[index] ?? OVER;
      const terminal = await session.open(follow, options);
      opened.push(terminal);
      return terminal;
    };
  });

const OVER: ModelStep = { text: "that is all" };

/** Takes the steps one by one in print mode, and then says `over`. */
export const follow =
  (...steps: readonly ModelStep[]): Script =>
  ({ index }) =>
    steps[index] ?? { text: "over" };

/** Has Codex try a provider once only, so that a failure is there at once. */
export const NO_RETRIES = { provider: "request_max_retries = 0\nstream_max_retries = 0\n" };
