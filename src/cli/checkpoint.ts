// `codex-bridge checkpoint save|restore|list`: checkpoints of this directory's sessions, from a terminal.
import { createCheckpointFiles } from "../checkpoints/checkpoint-files.ts";
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { countOf } from "../domain/count-of.ts";
import { toPrintable, toPrintableLine } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import { callOnce } from "./call-once.ts";
import { readRegisteredSettings } from "./registered-settings.ts";

/** Options of the command. */
export interface CheckpointCommand {
  readonly words: readonly string[];
  readonly progress: string | undefined;
  readonly decisions: readonly string[] | undefined;
  readonly next: readonly string[] | undefined;
  readonly isJson: boolean;
  readonly version: string;
  readonly ownPath: string;
  readonly print: Print;
}

/** Runs the command; resolves with the exit code. Throws BridgeError, and Error for wrong use. */
export async function runCheckpoint(command: CheckpointCommand): Promise<number> {
  const [action = "list", sessionId, ...others] = command.words;
  if (others.length > 0) throw new Error("it takes one session id");
  const hasWords = [command.progress, command.decisions, command.next].some((given) => given !== undefined);
  if (hasWords && action !== "save") throw new Error(`${action} takes none of --progress, --decision and --next`);
  if (action === "list") {
    if (sessionId !== undefined) throw new Error("list takes no session id");
    return listCheckpoints(command);
  }
  if (action !== "save" && action !== "restore") {
    throw new Error(`${JSON.stringify(action)} is none of save, restore and list`);
  }
  return callBridge(action, sessionId, command);
}

function listCheckpoints({ isJson, ownPath, print }: CheckpointCommand): number {
  const { stateDir } = readRegisteredSettings(process.cwd(), ownPath);
  const list = createCheckpointFiles(process.cwd(), stateDir).list();
  if (isJson) print(JSON.stringify(list, null, 2));
  else if (list.length === 0) print("No checkpoints of this directory. codex-bridge checkpoint save makes one.");
  else
    for (const { session_id: id, timestamp, context, more_changes: more = 0, git, own } of list) {
      const age = describeAge(Math.max(0, Date.now() - Date.parse(timestamp)));
      const files = countOf(context.code_changes.length + more, "file");
      const where = git?.branch === undefined ? "" : `  ${toPrintableLine(git.branch)}`;
      print(`${toPrintableLine(id)}  ${age}  ${files}${where}${own ? "" : "  (not saved here, or changed)"}`);
    }
  return 0;
}

async function callBridge(
  action: "save" | "restore",
  sessionId: string | undefined,
  { progress, decisions, next, isJson, version, ownPath, print }: CheckpointCommand,
): Promise<number> {
  const words = action === "save" ? { taskProgress: progress, keyDecisions: decisions, nextSteps: next } : {};
  const call = { tool: `${action}_checkpoint`, args: { sessionId, ...words }, version, ownPath };
  const { answer, isError, exitCode } = await callOnce(call);
  if (isJson) print(JSON.stringify(answer, null, 2));
  else print(toPrintable(String(answer["content"] ?? "")));
  return exitCode ?? (isError ? 1 : 0);
}
