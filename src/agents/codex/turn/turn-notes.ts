// Warnings about a turn that is not a failure.
import { cutText } from "../../../domain/cut-text.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import type { StreamState } from "./stream-state.ts";

const STDERR_CHARACTERS = 300;

/** Warnings of a completed turn. `wasEnded` says that the bridge ended a CLI that did not exit by itself. */
export function describeEnd(state: StreamState, end: ProgramEnd, wasEnded: boolean): string[] {
  if (!state.isCompleted) return [];
  return [...describeLateWork(state), ...(wasEnded ? [] : describeExit(state, end))];
}

// Then the message announces what was going to be done, not the result.
function describeLateWork({ messages, isMessageLast }: StreamState): string[] {
  if (messages.length === 0 || isMessageLast) return [];
  return ["Codex ended the turn without a message after its last command or change; this is what it had said before."];
}

function describeExit(state: StreamState, { exitCode, signal, stderr }: ProgramEnd): string[] {
  if (exitCode === 0) return [];
  const how = signal === undefined ? `exited with code ${exitCode ?? "unknown"}` : `was ended by ${signal}`;
  const lines = state
    .redact(stderr)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const words = lines.findLast((line) => /^error\b/i.test(line)) ?? lines.at(-1);
  const said = words === undefined ? "" : ` It said: ${JSON.stringify(cutText(words, STDERR_CHARACTERS))}`;
  return [
    `Codex finished the turn, but then ${how}: the answer is complete, what it stores of the thread may not be.${said}`,
  ];
}
