// Every tool, in the order of tools/list.
import * as z from "zod";
import type { Role } from "../domain/role.ts";
import { agentJobTool } from "./agent-job.ts";
import { agentJobControlTool } from "./agent-job-control.ts";
import { claudeTool } from "./claude.ts";
import { claudeReplyTool } from "./claude-reply.ts";
import { claudeReviewTool } from "./claude-review.ts";
import { codexTool } from "./codex.ts";
import { codexAskTool } from "./codex-ask.ts";
import { codexLandTool } from "./codex-land.ts";
import { codexReplyTool } from "./codex-reply.ts";
import { codexReviewTool } from "./codex-review.ts";
import { codexThreadsTool } from "./codex-threads.ts";
import { codexThreadsEditTool } from "./codex-threads-edit.ts";
import { codexUndoTool } from "./codex-undo.ts";
import { codexVerifyTool } from "./codex-verify.ts";
import type { Tool } from "./define-tool.ts";
import type { JobTool } from "./job-tool.ts";
import { restoreCheckpointTool } from "./restore-checkpoint.ts";
import { retrieveKnowledgeTool } from "./retrieve-knowledge.ts";
import { reviewPanelTool } from "./review-panel.ts";
import { routeTaskTool } from "./route-task.ts";
import { runAgentTool } from "./run-agent.ts";
import { runCollaborationTool } from "./run-collaboration.ts";
import { saveCheckpointTool } from "./save-checkpoint.ts";
import { sendToClaudeTool } from "./send-to-claude.ts";
import { sendToCodexTool } from "./send-to-codex.ts";
import { storeKnowledgeTool } from "./store-knowledge.ts";
import { typedCommandTool } from "./unlisted/typed-command.ts";
import { waitForStatusTool } from "./wait-for-status.ts";

/** What is offered to Claude Code. */
export const TOOLS: readonly Tool[] = [
  codexTool,
  codexReplyTool,
  codexAskTool,
  routeTaskTool,
  agentJobTool,
  agentJobControlTool,
  codexThreadsTool,
  codexThreadsEditTool,
  codexVerifyTool,
  codexUndoTool,
  codexLandTool,
  codexReviewTool,
  reviewPanelTool,
  runAgentTool,
  sendToCodexTool,
  saveCheckpointTool,
  restoreCheckpointTool,
  storeKnowledgeTool,
  retrieveKnowledgeTool,
  waitForStatusTool,
  runCollaborationTool,
];

/** What is offered to Codex. */
const CODEX_TOOLS: readonly Tool[] = [
  claudeTool,
  claudeReplyTool,
  claudeReviewTool,
  agentJobTool,
  agentJobControlTool,
  reviewPanelTool,
  runAgentTool,
  sendToClaudeTool,
];

/** The memory as a server of its own. */
const KNOWLEDGE_TOOLS: readonly Tool[] = [storeKnowledgeTool, retrieveKnowledgeTool];
const MEMORY_TOOLS: readonly Tool[] = [...KNOWLEDGE_TOOLS, waitForStatusTool];
/** Two of them under the names that skills for ByteRover call. */
const BYTEROVER_TOOLS = KNOWLEDGE_TOOLS.map((tool) => ({
  ...tool,
  name: `byterover-${tool.name.replaceAll("_", "-")}`,
}));

/** Every tool, and what each role offers. */
export const ALL_TOOLS: readonly Tool[] = [...new Set([...TOOLS, ...CODEX_TOOLS])];
export const ROLE_TOOLS: Readonly<Record<Role, readonly Tool[]>> = {
  claude: TOOLS,
  codex: CODEX_TOOLS,
  any: ALL_TOOLS,
  memory: MEMORY_TOOLS,
  byterover: BYTEROVER_TOOLS,
  recall: [retrieveKnowledgeTool, waitForStatusTool],
};

/** Tools that can be called, and are offered to no model: tools/list does not show them. */
export const UNLISTED_TOOLS: readonly Tool[] = [typedCommandTool];

/** The tools whose calls can wait for the reset of a usage limit. */
export const WAITING_TOOLS: readonly JobTool[] = [codexTool, codexReplyTool];

/** Names of the tools whose calls can become jobs. */
export const JOB_TOOLS: ReadonlySet<string> = new Set(
  ALL_TOOLS.flatMap(({ name, input }) => (input instanceof z.ZodObject && "background" in input.shape ? name : [])),
);
