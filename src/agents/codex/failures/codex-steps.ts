// Next steps that name Codex; those in the table of error codes hold for any agent.
import type { ErrorCode } from "../../../domain/error-codes.ts";
import { ASK_FOR_QUOTA } from "./codex-failures.ts";

/** The next step by code; undefined where the table's is as good. */
export const CODEX_STEPS: Readonly<Partial<Record<ErrorCode, string>>> = {
  AGENT_NOT_FOUND:
    "Ask the user to install the Codex CLI (npm install -g @openai/codex) or to set CODEX_BIN to its path.",
  AGENT_UNAUTHENTICATED: "Ask the user to run `codex login`, or to set the API key that the message names.",
  USAGE_LIMIT: ASK_FOR_QUOTA,
};
