// Has an agent correct a text that does not fit: one read-only turn of the bridge's own.
import { composeTextCorrection } from "../delegation/turns/answers/expect-words.ts";
import { CLAUDE } from "../domain/agents.ts";
import { isRecord } from "../domain/guards.ts";
import { readSmallText } from "../files/small-file.ts";
import type { Expectation } from "../validation/expectation.ts";
import { callOnce, type OneAnswer } from "./call-once.ts";

/** Who can correct a text. */
export type Corrector = "codex" | "claude";

/** A text to correct. */
export interface CorrectionRequest {
  readonly agent: Corrector;
  readonly text: string;
  /** What is wrong with it, a part of a sentence. */
  readonly misfit: string;
  readonly expected: readonly Expectation[];
}

/** What came of it: a text that nobody has checked, or why there is none. `exitCode` is for a signal that ended it. */
export type CorrectedText = { readonly text: string } | { readonly problem: string } | { readonly exitCode: number };

/** Together with what is asked, it must stay below Codex's own limit on a prompt (docs/codex-cli.md#prompt). */
const LONGEST_TEXT = 900_000;
const REDACTED = "[redacted]";
const CLAUDE_READS = { agent: CLAUDE.id, sandbox: "read-only", background: false };

/** Runs the turn, with the settings of the bridge that is registered here. Nothing of it runs afterwards. Never rejects. */
export async function correctText(
  version: string,
  ownPath: string,
  request: CorrectionRequest,
): Promise<CorrectedText> {
  if (request.text.length > LONGEST_TEXT) return { problem: `it is longer than ${LONGEST_TEXT} characters` };
  const prompt = composeTextCorrection(request);
  const [tool, args] =
    request.agent === "codex" ? ["codex-ask", { prompt }] : ["run_agent", { ...CLAUDE_READS, prompt }];
  const called = await callOnce({ tool, args, version, ownPath });
  return called.exitCode === undefined ? toText(called, request.text) : { exitCode: called.exitCode };
}

function toText({ answer, isError }: OneAnswer, given: string): CorrectedText {
  const content = readWhole(answer);
  if (isError || content === undefined) return { problem: String(answer["content"] ?? "no answer came") };
  // A text may hold the mark itself. One more of them, and something was taken out.
  if (countMarks(content) > countMarks(given)) {
    return { problem: "its answer holds what looks like a secret, which the bridge takes out" };
  }
  return { text: content };
}

function countMarks(text: string): number {
  return text.split(REDACTED).length - 1;
}

// A long answer is shortened in a result, and whole in a file.
function readWhole({ content, truncated }: Readonly<Record<string, unknown>>): string | undefined {
  if (!isRecord(truncated)) return typeof content === "string" ? content : undefined;
  const { path } = truncated;
  try {
    return typeof path === "string" ? readSmallText(path) : undefined;
  } catch {
    return undefined;
  }
}
