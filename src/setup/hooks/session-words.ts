// What a checkpoint says of a session that saved none itself: sentences of the conversation, none of ours.
import type { SpokenText } from "../../clients/claude-code/session-transcript.ts";
import { cutText } from "../../domain/cut-text.ts";

/** The words of a checkpoint. */
export interface SessionWords {
  readonly taskProgress: string;
}

const TASK_CHARACTERS = 1_500;
const ASKED_CHARACTERS = 1_000;
const ANSWER_CHARACTERS = 3_000;
/** What the person asked last. */
const LAST_ASKED = 3;

/** The words; undefined for a session of a single question, with which nobody goes on. */
export function toSessionWords(spoken: readonly SpokenText[]): SessionWords | undefined {
  const asked = spoken.filter(({ by }) => by === "person").map(({ text }) => text.trim());
  const [task, ...later] = asked;
  const answer = spoken.findLast(({ by }) => by === "claude")?.text.trim();
  if (task === undefined || later.length === 0 || answer === undefined) return undefined;
  const parts = [
    `The session began with:\n${cutText(task, TASK_CHARACTERS)}`,
    ...later.slice(-LAST_ASKED).map((text) => `Then the user said:\n${cutText(text, ASKED_CHARACTERS)}`),
    `Claude's last words:\n${cutText(answer, ANSWER_CHARACTERS)}`,
  ];
  return { taskProgress: parts.join("\n\n") };
}
