// `codex-bridge hook EVENT`: answers a hook of the Claude Code plugin. It never fails the user's work: what it cannot do, it leaves out.
import { flushOutput, printLine } from "./output.ts";
import { readInput } from "./read-input.ts";
import { answerUserPromptSubmit } from "./user-prompt-submit.ts";

/** What a hook's payload is answered with; an empty object says nothing. */
type HookAnswer = (payload: unknown) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;

/** Events by their name on the command line. What runs at every prompt is not loaded from a file of its own. */
const EVENTS: Readonly<Record<string, () => Promise<HookAnswer>>> = {
  "user-prompt-submit": async () => answerUserPromptSubmit,
  "subagent-stop": async () => (await import("../setup/hooks/subagent-stop.ts")).answerSubagentStop,
};

/** A prompt of a megabyte arrives whole. */
const MAX_CHARACTERS = 16_777_216;

/** Answers the payload on stdin. Resolves with the exit code, which is always 0: any other one is shown to the user. */
export async function runHook(event: string | undefined, print: (line: string) => void): Promise<number> {
  try {
    const load = event === undefined ? undefined : EVENTS[event];
    const payload: unknown = JSON.parse(await readInput(process.stdin, MAX_CHARACTERS));
    const answer = (await (await load?.())?.(payload)) ?? {};
    if (Object.keys(answer).length > 0) print(JSON.stringify(answer));
  } catch {
    // Nobody reads what it would say.
  }
  return 0;
}

/** The same as a program of its own, for `bin.ts`: it starts without the rest of the command line. */
export async function runHookProgram(event: string): Promise<number> {
  const code = await runHook(event, printLine);
  await flushOutput();
  return code;
}
