// Whether a task asks for files to be changed, judged by the verbs that lead its clauses. Used for hints only.
import { createTaskReader } from "./reading.ts";
import type { RulesFile } from "./rules-schema.ts";

const CHANGING_VERBS = [
  ...["fix", "repair", "patch", "correct", "resolve", "solve", "implement", "write", "add", "create", "insert", "make"],
  ...[
    "change",
    "modify",
    "edit",
    "update",
    "upgrade",
    "bump",
    "rename",
    "replace",
    "rewrite",
    "refactor",
    "restructure",
  ],
  ...["remove", "delete", "drop", "clean", "move", "extract", "split", "merge", "migrate", "convert", "port", "format"],
  ...["optimize", "optimise", "improve", "simplify", "install", "apply", "wire", "build", "code"],
];
const FILLERS = ["please", "can", "could", "would", "you", "we", "to", "just", "now", "also"];

/** Whether a verb of changing leads a clause that is not taken back ("fix it", but not "do not fix it" or "how to fix it"). */
export function asksForChanges(
  task: string,
  { negations = [], fillers = FILLERS }: Pick<RulesFile["routing_config"], "negations" | "fillers">,
): boolean {
  const read = createTaskReader({ negations, fillers, leads: { change: CHANGING_VERBS } });
  return read(task).lead !== undefined;
}

const FORBIDDING =
  /\b(?:do not|don['’]?t|never|without)\s+(?:chang(?:e|ing)|modify(?:ing)?|edit(?:ing)?|touch(?:ing)?|writ(?:e|ing))(?:\s+(?:anything|any(?:\s+of)?\s+(?:the\s+)?(?:files?|code)|the\s+(?:files?|code)|files|code|it|them))?\s*(?:$|[.,;:!?)\n])/i;

/** Whether a task forbids every change ("run the tests; do not change anything") and asks for none. English only. */
export function forbidsChanges(task: string, config: Parameters<typeof asksForChanges>[1]): boolean {
  return FORBIDDING.test(task) && !asksForChanges(task, config);
}
