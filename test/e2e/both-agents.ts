// A bridge with the real Codex and the real Claude Code, each with a stand-in for its model.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type MessagesStandIn,
  type ModelFault,
  type ModelRequest,
  type ModelStep,
  startMessagesStandIn,
} from "../../src/setup/demo/messages-standin.ts";
import { test as base } from "../support/fixture.ts";
import type { Lab } from "../support/lab.ts";
import { findClaude } from "./claude.ts";
import { KEY } from "./claude-lab.ts";

/** The model of Claude Code. */
export interface ClaudeModel {
  readonly standIn: MessagesStandIn;
  /** Changes what it does. */
  respond(respond: (request: ModelRequest) => ModelStep | ModelFault): void;
}

export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend("claude", async ({}, { onCleanup }): Promise<ClaudeModel> => {
    let current: (request: ModelRequest) => ModelStep | ModelFault = () => ({ text: "Claude did it" });
    const standIn = await startMessagesStandIn(
      (request) => current(request),
      (tools) => tools.length > 0,
    );
    onCleanup(standIn.close);
    const respond: ClaudeModel["respond"] = (next) => {
      current = next;
    };
    return { standIn, respond };
  })
  .override("bridgeOptions", ({ lab, claude }) => bothAgentsOptions(lab, claude));

/** The options of their bridge; writes Codex's config and Claude Code's home. */
export function bothAgentsOptions(lab: Lab, claude: ClaudeModel) {
  // A failure of Codex's model is there at once.
  lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
  const home = join(lab.root, "claude-home");
  mkdirSync(home, { recursive: true });
  const model = { ANTHROPIC_BASE_URL: claude.standIn.baseUrl, ANTHROPIC_API_KEY: KEY };
  return { env: { ...model, HOME: home, CLAUDE_BIN: findClaude(), IS_SANDBOX: "1" } };
}
