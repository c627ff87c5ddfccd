// `codex-bridge run`: one task in a shell. The answer goes to stdout, everything else to stderr, and only a finished task is exit code 0.
import { isRecord } from "../domain/guards.ts";
import { readSmallText } from "../files/small-file.ts";
import { callOnce } from "./call-once.ts";

const WRONG_USE = 2;

/** Options of the command. */
export interface RunCommand {
  readonly task: string;
  /** Arguments of `codex` as they were given; undefined ones are left out. */
  readonly args: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Whether the whole result is printed, as JSON. */
  readonly isJson: boolean;
  readonly version: string;
  readonly ownPath: string;
  /** Writes a text of an agent's, which may hold what acts on a terminal. */
  readonly writeText: (text: string) => Promise<void>;
  readonly printError: (line: string) => void;
}

/**
 * Runs the task with the settings of the bridge that is registered here; nothing of it runs afterwards. Resolves with the exit code: 0 if it is finished, 1 if
 * not, 2 for arguments that do not fit, and that of a signal. Throws where there is no task.
 */
export async function runTask(command: RunCommand): Promise<number> {
  if (command.task.trim() === "") throw new Error('it needs a task: codex-bridge run "Fix the failing test"');
  const { version, ownPath } = command;
  const args = { ...command.args, prompt: command.task };
  const { answer, isError, exitCode } = await callOnce({ tool: "codex", args, version, ownPath });
  return exitCode ?? tell(answer, isError, command);
}

async function tell(
  answer: Readonly<Record<string, unknown>>,
  isError: boolean,
  { isJson, writeText, printError }: RunCommand,
): Promise<number> {
  const { content, warnings } = answer;
  if (isJson) await writeText(`${JSON.stringify(answer)}\n`);
  else if (!isError) await writeText(endLine(readWhole(answer)));
  if (isError) printError(String(content ?? "no answer came"));
  else if (!isJson && Array.isArray(warnings)) for (const warning of warnings) printError(String(warning));
  if (!isError) return 0;
  const { error } = answer;
  return isRecord(error) && error["code"] === "INVALID_ARGUMENT" ? WRONG_USE : 1;
}

function endLine(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

// A long answer is shortened in a result, and whole in a file. Throws what reading the file throws: half an answer is no finished task.
function readWhole({ content, truncated }: Readonly<Record<string, unknown>>): string {
  const path = isRecord(truncated) ? truncated["path"] : undefined;
  return typeof path === "string" ? readSmallText(path) : String(content ?? "");
}
