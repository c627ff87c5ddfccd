// `codex-bridge session …`: a collaboration session from a terminal, step by step.
import { toPrintable } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import { readSmallText } from "../files/small-file.ts";
import { callOnce } from "./call-once.ts";

/** Options of the command. */
export interface SessionCommand {
  readonly words: readonly string[];
  /** Path of the file with the step's text. */
  readonly file: string | undefined;
  readonly text: string | undefined;
  readonly title: string | undefined;
  readonly taken: readonly string[] | undefined;
  readonly check: string | undefined;
  readonly model: string | undefined;
  readonly isJson: boolean;
  readonly version: string;
  readonly ownPath: string;
  readonly print: Print;
}

/** What an action takes besides the id. */
interface Takes {
  readonly options: readonly string[];
  /** Whether there is nothing to do without one of --file and --text. */
  readonly needsText?: boolean;
  readonly needsId?: boolean;
}

const TEXT = ["file", "text"];
const ACTIONS: Readonly<Record<string, Takes>> = {
  plan: { options: [...TEXT, "title"], needsText: true },
  review: { options: ["model"], needsId: true },
  implemented: { options: [...TEXT, "taken"], needsText: true, needsId: true },
  validate: { options: ["check", "model"], needsId: true },
  status: { options: [], needsId: true },
  list: { options: [] },
  "extract-pattern": { options: [...TEXT, "title"], needsText: true, needsId: true },
};

/** Runs the command; resolves with the exit code. Throws for wrong use. */
export async function runSession(command: SessionCommand): Promise<number> {
  const [word = "list", sessionId, ...others] = command.words;
  const action = word.replace("_", "-");
  if (others.length > 0) throw new Error("it takes one session id");
  checkUse(action, sessionId, command);
  const { file, text, title, taken, check, model, version, ownPath, isJson, print } = command;
  const given = {
    ...{ action: action.replace("-", "_"), sessionId, title, taken, check, model },
    text: file === undefined ? text : readText(file),
  };
  const call = { tool: "run_collaboration", args: given, version, ownPath };
  const { answer, text: told, isError, exitCode } = await callOnce(call);
  const said = !isError && told !== "" ? told : String(answer["content"] ?? "");
  if (isJson) print(JSON.stringify(answer, null, 2));
  else for (const line of toPrintable(said).split("\n")) print(line);
  return exitCode ?? (isError ? 1 : 0);
}

// In the words of the command: the tool names arguments that a terminal does not have.
function checkUse(action: string, sessionId: string | undefined, command: SessionCommand): void {
  const takes = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (takes === undefined) throw new Error(`${JSON.stringify(action)} is none of ${Object.keys(ACTIONS).join(", ")}`);
  const { file, text, title, taken, check, model } = command;
  const given = Object.entries({ file, text, title, taken, check, model }).filter(([, value]) => value !== undefined);
  const other = given.find(([name]) => !takes.options.includes(name))?.[0];
  if (other !== undefined) throw new Error(`${action} takes no --${other}`);
  if (file !== undefined && text !== undefined) throw new Error("it takes --file or --text, not both");
  if (takes.needsId === true && sessionId === undefined)
    throw new Error(`${action} needs the id of a session, and codex-bridge session lists them`);
  if (takes.needsText === true && file === undefined && text === undefined)
    throw new Error(`${action} needs --file or --text`);
}

function readText(file: string): string {
  try {
    return readSmallText(file);
  } catch (error) {
    throw new Error(`--file: ${error instanceof Error ? error.message : String(error)}`);
  }
}
