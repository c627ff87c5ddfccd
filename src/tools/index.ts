// Every tool, in the order of tools/list.
import { codexTool } from "./codex.ts";
import { codexReplyTool } from "./codex-reply.ts";
import type { Tool } from "./define-tool.ts";

export const TOOLS: readonly Tool[] = [codexTool, codexReplyTool];
