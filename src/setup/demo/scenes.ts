// The scenes of the demo, and what the stand-in's model does in them.
import type { StandInAnswer, StandInRequest } from "./responses-standin.ts";

/** A call of a scene. With `isReply`, `threadId` comes from the scene before. */
export interface Scene {
  readonly title: string;
  readonly tool: "codex" | "codex-reply" | "route_task";
  readonly args: Readonly<Record<string, unknown>>;
  readonly isReply?: boolean;
  /** Left out with --live: it fails on purpose, which would cost turns and show nothing of the user's own account. */
  readonly isStagedOnly?: boolean;
}

const COUNT = "Count the lines of notes.txt with wc and tell me the number. Remember the word PELICAN.";
const RECALL = "Which word did I ask you to remember?";
const ROUTED = "Run check.sh and tell me whether it passes";
const FAILING = "Compile the legacy module and fix what breaks";

/** The scenes, in order. */
export const SCENES: readonly Scene[] = [
  { title: "Claude hands a task to Codex", tool: "codex", args: { prompt: COUNT, sandbox: "read-only" } },
  { title: "and continues the thread, which remembers", tool: "codex-reply", args: { prompt: RECALL }, isReply: true },
  { title: "A task is routed by rules, and says why", tool: "route_task", args: { task: ROUTED, mode: "run" } },
  {
    title: "A task that keeps failing is escalated, and nobody loops",
    tool: "route_task",
    args: { task: FAILING, mode: "run" },
    isStagedOnly: true,
  },
];

/** Files of the demo's project. */
export const FILES: Readonly<Record<string, string>> = {
  "notes.txt": "one\ntwo\nthree\n",
  "check.sh": "echo '12 passed, 0 failed'\n",
};

/** The model of the demo. */
export function answerDemo({ userTexts, toolOutputs }: StandInRequest): StandInAnswer {
  const asked = userTexts.at(-1) ?? "";
  if (userTexts.some((text) => text.includes(FAILING))) return { error: { status: 400, body: REFUSAL } };
  if (asked.includes(RECALL)) return say(recall(userTexts.join("\n")));
  const [output] = toolOutputs;
  if (asked.includes(ROUTED)) {
    if (output === undefined) return { delayMs: 600, steps: [{ run: "sh check.sh" }] };
    return say(`check.sh passes: ${/\d+ passed, \d+ failed/.exec(output)?.[0] ?? "it said nothing"}.`);
  }
  if (output === undefined) {
    return { delayMs: 600, steps: [{ think: "I will count the lines" }, { run: "sleep 1; wc -l notes.txt" }] };
  }
  const lines = /(\d+) notes\.txt/.exec(output)?.[1] ?? "an unknown number of";
  return say(`notes.txt has ${lines} lines. I will remember PELICAN.`);
}

const REFUSAL = { error: { message: "the stand-in refuses this task, to show what happens then" } };

function say(text: string): StandInAnswer {
  return { delayMs: 600, steps: [{ say: text }] };
}

function recall(history: string): string {
  const word = /Remember the word (\w+)/.exec(history)?.[1];
  return word === undefined ? "You did not give me a word." : `You asked me to remember ${word}.`;
}
