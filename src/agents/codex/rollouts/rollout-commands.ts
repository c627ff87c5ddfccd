// Reads the commands of a turn from its rollout. Codex emits no event for some commands that failed at once
// (docs/codex-cli.md#refused-commands).
import { isRecord } from "../../../domain/guards.ts";
import { parseRecord } from "./rollout-files.ts";

/** A command that the model ran. */
export interface StoredCommand {
  readonly command: string;
  /** Exit code; undefined if the command has not ended, or if the output does not say it. */
  readonly exitCode: number | undefined;
  /** The output that the model got. */
  readonly output: string;
  /** Whether Codex says that its sandbox denied the command (0.120 does). */
  readonly isDenied: boolean;
}

/** The commands in a piece of a rollout, oldest first. A command counts only if the piece contains both its call and its output. */
export function readCommands(rollout: string): StoredCommand[] {
  const calls = new Map<string, string>();
  const commands: StoredCommand[] = [];
  for (const line of rollout.split("\n")) {
    const payload = line.includes('"function_call') ? parseRecord(line)?.["payload"] : undefined;
    if (!isRecord(payload) || typeof payload["call_id"] !== "string") continue;
    const id = payload["call_id"];
    if (payload["type"] === "function_call") {
      const command = readCommand(payload["arguments"]);
      if (command !== undefined) calls.set(id, command);
    }
    const command = calls.get(id);
    if (payload["type"] !== "function_call_output" || command === undefined) continue;
    const output = typeof payload["output"] === "string" ? payload["output"] : JSON.stringify(payload["output"] ?? "");
    commands.push({ command, ...readOutput(output) });
  }
  return commands;
}

// `exec_command` has `cmd`; `shell_command` has `command` as a string; `shell` has it as a list whose last word is the script.
function readCommand(text: unknown): string | undefined {
  const args = typeof text === "string" ? parseRecord(text) : undefined;
  const command = args?.["cmd"] ?? args?.["command"];
  if (typeof command === "string") return command;
  const last: unknown = Array.isArray(command) ? command.at(-1) : undefined;
  return typeof last === "string" ? last : undefined;
}

function readOutput(text: string): Omit<StoredCommand, "command"> {
  const told = /Process exited with code (\d+)\n(?:Original token count: \d+\n)?(?:Output:\n)?/.exec(text);
  if (told !== null) {
    return { exitCode: Number(told[1]), output: text.slice(told.index + told[0].length), isDenied: false };
  }
  // 0.120 reports a refusal in the words of its own error.
  const denied = /Sandbox\w*\s*[({].{0,200}exit_code: (\d+)/s.exec(text);
  if (denied === null) return { exitCode: undefined, output: text, isDenied: false };
  const output = /text: \\*"((?:[^"\\]|\\.)+)\\*"/.exec(text)?.[1] ?? text;
  return { exitCode: Number(denied[1]), output, isDenied: true };
}
