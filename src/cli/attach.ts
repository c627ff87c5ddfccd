// `codex-bridge attach`: opens Codex's own terminal program on a thread that a running bridge has loaded.

import { createMachine } from "../app/machine.ts";
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { BridgeError } from "../domain/errors.ts";
import { SILENT_LOGGER } from "../domain/logger.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { type Print, paint } from "../domain/printed-line.ts";
import { isInside } from "../domain/sandbox.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { runInTerminal } from "../process/terminal-program.ts";
import type { AttachRecord } from "../state/attach-files.ts";
import { ringSocket } from "../state/bridge-bell.ts";
import { readRegisteredSettings } from "./registered-settings.ts";
import { runThreads } from "./threads.ts";

/** Options of the command. */
export interface AttachCommand {
  readonly ownPath: string;
  readonly id: string | undefined;
  readonly print: Print;
}

/** Runs the command; resolves with Codex's exit code, or with 1 if nothing was opened. Throws BridgeError. */
export async function runAttach(command: AttachCommand): Promise<number> {
  const { stateDir } = readRegisteredSettings(process.cwd(), command.ownPath);
  const cwd = resolveRealPath(process.cwd());
  const records = createMachine({ stateDir, cwd, logger: SILENT_LOGGER }).attachFiles.list();
  const { id } = command;
  return id === undefined
    ? openOnly(
        records.filter((record) => isOf(record, cwd)),
        command,
      )
    : openThread(
        records.find(({ threadId }) => threadId === id.toLowerCase()),
        id,
        command,
      );
}

// The bridge was started here, or the thread works here.
function isOf({ cwd, threadCwd }: AttachRecord, here: string): boolean {
  return resolveRealPath(cwd) === here || isInside(threadCwd, here);
}

async function openOnly(records: readonly AttachRecord[], { print }: AttachCommand): Promise<number> {
  const open = records.filter(({ socket }) => socket !== undefined);
  const [first] = open;
  if (first !== undefined && open.length === 1) return openRecord(first, print);
  if (first !== undefined) print("Several threads are open here. Name one: codex-bridge attach ID");
  else print("No thread of this directory is open for a terminal.");
  for (const record of records) print(toLine(record));
  if (first === undefined) print([paint("gray", HOW)]);
  return 1;
}

function toLine({ threadId, threadCwd, since, why }: AttachRecord) {
  const age = describeAge(Math.max(0, Date.now() - since)).padStart(12);
  return [
    `${threadId} ${age}  ${toPrintableLine(threadCwd)}`,
    ...(why === undefined ? [] : [`  no: ${toPrintableLine(why)}`]),
  ];
}

async function openThread(record: AttachRecord | undefined, id: string, command: AttachCommand): Promise<number> {
  const { print, ownPath } = command;
  if (record?.socket !== undefined) return openRecord(record, print);
  if (record !== undefined) {
    print(
      `A bridge works with this thread, but no terminal can open it meanwhile, since ${toPrintableLine(record.why ?? "its server has no socket")}.`,
    );
    return 1;
  }
  print(`No bridge has this thread open for a terminal. ${HOW}`);
  print("");
  await runThreads({ ownPath, id, search: undefined, isAll: false, withArchived: false, isJson: false, print });
  return 1;
}

async function openRecord(record: AttachRecord, print: Print): Promise<number> {
  const { socket = "", threadId, codex, codexHome, threadCwd } = record;
  if ((await ringSocket(socket)) !== "answered") {
    print("The bridge that had this thread open has just ended, or has let go of it. Try again.");
    return 1;
  }
  const args = ["resume", "--remote", `unix://${socket}`, threadId];
  try {
    return await runInTerminal({ file: codex, args, env: { ...process.env, CODEX_HOME: codexHome }, cwd: threadCwd });
  } catch (error) {
    throw new BridgeError("AGENT_NOT_FOUND", `Codex did not start (${codex}).`, { cause: error });
  }
}

const HOW =
  "A bridge with BRIDGE_ATTACH=1 in its `env` (and not BRIDGE_BACKEND=exec) keeps a thread open while it works with it, and for a minute after.";
