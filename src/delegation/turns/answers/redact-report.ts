// Removes secrets from the report of a turn.
import type { Redact } from "../../../domain/redact.ts";
import { redactJson } from "../../../domain/redact-json.ts";
import type { TurnReport } from "../../../domain/turn.ts";
import type { FileChange } from "../../../domain/turn-events.ts";

/** Longest message that is searched for secrets. Ten million characters take a third of a second, and nothing else runs meanwhile. */
const MAX_CHARACTERS = 10_000_000;
/** Number of characters that are kept of each end of a longer message. */
const END_CHARACTERS = 1_000_000;

const REDACTED = "What looks like a secret in the agent's message was replaced by [redacted].";
const WITHHELD =
  "The agent's message could not be searched for secrets, so it is not shown. Ask for it again with codex-reply.";

/** The report without secrets, with a warning if there were any. With `isJson` the message stays JSON. Never throws: a finished turn keeps its answer. */
export function redactReport(report: TurnReport, isJson: boolean, redact: Redact): TurnReport {
  const safely = (text: string): string => {
    try {
      return redact(text);
    } catch {
      return "[withheld]";
    }
  };
  const { content, warnings } = redactContent(report.content, isJson, redact);
  return {
    ...report,
    content,
    changes: report.changes.map((change) => redactChange(change, safely)),
    proposal: redactProposal(report.proposal, safely),
    refusedCommands: report.refusedCommands.map(safely),
    warnings: [...report.warnings.map(safely), ...warnings],
    leftRunning: report.leftRunning.map((left) => ({ ...left, command: safely(left.command) })),
  };
}

function redactChange(change: FileChange, safely: Redact): FileChange {
  const { path, from } = change;
  return { ...change, path: safely(path), ...(from === undefined ? {} : { from: safely(from) }) };
}

function redactProposal(proposal: TurnReport["proposal"], safely: Redact): TurnReport["proposal"] {
  return proposal?.diff === undefined ? proposal : { ...proposal, diff: safely(proposal.diff) };
}

function redactContent(whole: string, isJson: boolean, redact: Redact): { content: string; warnings: string[] } {
  const { text, warnings } = bound(whole);
  try {
    const content = isJson ? redactJson(text, redact) : redact(text);
    return { content, warnings: content === text ? warnings : [...warnings, REDACTED] };
  } catch {
    return { content: "", warnings: [...warnings, WITHHELD] };
  }
}

function bound(text: string): { text: string; warnings: string[] } {
  if (text.length <= MAX_CHARACTERS) return { text, warnings: [] };
  const left = text.length - 2 * END_CHARACTERS;
  const mark = `\n\n[… ${left} characters left out …]\n\n`;
  const ends = [text.slice(0, END_CHARACTERS), text.slice(-END_CHARACTERS)].map((end) => end.toWellFormed());
  return {
    text: ends.join(mark),
    warnings: [
      `The agent's message had ${text.length} characters. ${left} in the middle were left out and are not kept.`,
    ],
  };
}
