// The block in CLAUDE.md and AGENTS.md that says who does what, made from the rules.
import { join } from "node:path";
import { findUserFolder } from "../../../clients/claude-code/config-files.ts";
import type { RulesFile } from "../../../routing/rules-schema.ts";
import type { InitContext, InitStep, StepFinding } from "../context.ts";
import { MARKDOWN_MARKS } from "../files/marked-block.ts";

/** Claude reads this file with every session: above this it costs more than it gives. Four characters a token. */
const MOST_TOKENS = 5_000;
const CHARACTERS_PER_TOKEN = 4;

/** Of what a rule says of itself. */
const MOST_CHARACTERS = 120;

/** The block for Claude. */
export const claudeNotesStep: InitStep = {
  name: "claude-md",
  title: "say in CLAUDE.md who does what",
  plan: (context) => {
    const { scope, env, cwd, root } = context;
    return writeNotes(context, join(scope === "user" ? findUserFolder({ env, cwd }) : root, "CLAUDE.md"));
  },
};

/** The same for Codex, where the project has such a file. */
export const agentsNotesStep: InitStep = {
  name: "agents-md",
  title: "say the same in AGENTS.md, where there is one",
  plan: (context) => {
    const file = join(context.scope === "user" ? context.codexHome : context.root, "AGENTS.md");
    if (context.files.read(file) === undefined) return [{ kind: "already", text: `no ${file}` }];
    return writeNotes(context, file);
  },
};

function writeNotes({ files, rules }: InitContext, file: string): StepFinding[] {
  const body = describeDivision(rules);
  const isThere = files.readBlock(file, MARKDOWN_MARKS) === body;
  if (!isThere) files.setBlock(file, MARKDOWN_MARKS, body);
  const tokens = Math.ceil((files.read(file) ?? "").length / CHARACTERS_PER_TOKEN);
  const text = isThere ? "says who does what" : "say who does what, by the rules";
  return [
    { kind: isThere ? "already" : "change", file, text },
    ...(tokens > MOST_TOKENS
      ? [
          {
            kind: "note" as const,
            file,
            text: `has about ${tokens} tokens, which every session pays: keep it below ${MOST_TOKENS}`,
          },
        ]
      : []),
  ];
}

/**
 * Who does what, as Markdown. The same words serve both agents. `init` gives it the shipped rules alone: what a cloned project's file says of its
 * rules could give orders in every session.
 */
export function describeDivision({ routing_config: config }: RulesFile): string {
  const list = (agent: string): string[] =>
    config.routing_rules
      .filter(({ action }) => action.target_agent === agent)
      .map(({ description, rule_id }) => `  * ${toLine(description ?? rule_id.replaceAll("_", " "))}`);
  const other = config.default_agent === "codex_cli" ? "Codex" : "Claude Code";
  return [
    "## Claude Code and Codex",
    "",
    "Two agents work here: Claude Code, and the Codex CLI through the MCP server `codex` (codex-bridge).",
    "",
    "* For Codex:",
    ...list("codex_cli"),
    "* For Claude Code:",
    ...list("claude_code"),
    `* Everything else: ${other}. In doubt, \`route_task\` decides by the user's rules.`,
    "",
    "Claude: give Codex the task with its context, goal, constraints and what to report, since it sees none of this conversation. Judge what comes back before you use it. Codex: a task that reaches you is yours to do.",
  ].join("\n");
}

// Part of a line that agents read with every session: nothing in it can end the line, open a comment that hides our mark, or begin code.
function toLine(text: string): string {
  const line = text
    .replace(/[\s\p{C}]+/gu, " ")
    .replace(/[<>`]/g, "")
    .trim();
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS).replace(/\p{Cs}$/u, "")}…` : line;
}
