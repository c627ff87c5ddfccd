// What Codex takes as instructions from a project.
import type { ProjectInstructions } from "../agent-backend.ts";

/** AGENTS.md can be left out, by whatever names the user's config has for it. Skills and `.codex` cannot. */
export const PROJECT_INSTRUCTIONS: ProjectInstructions = { leaveOut: { project_doc_max_bytes: 0 } };
