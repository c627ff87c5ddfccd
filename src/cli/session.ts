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

/** Runs the command; resolves with the exit code. Throws for wrong use. */
export async function runSession(command: SessionCommand): Promise<number> {
  const [action = "list", sessionId, ...others] = command.words;
  if (others.length > 0) throw new Error("it takes one session id");
  const { file, text, title, taken, check, model, version, ownPath, isJson, print } = command;
  if (file !== undefined && text !== undefined) throw new Error("it takes --file or --text, not both");
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

function readText(file: string): string {
  try {
    return readSmallText(file);
  } catch (error) {
    throw new Error(`--file: ${error instanceof Error ? error.message : String(error)}`);
  }
}
