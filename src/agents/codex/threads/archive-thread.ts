// Archives a thread with Codex's own command, which moves its rollout (docs/codex-cli.md#archive).
import { cutText } from "../../../domain/cut-text.ts";
import { BridgeError } from "../../../domain/errors.ts";
import { canArchive, type RunCodex } from "../program/capabilities.ts";
import { readCodexWords } from "../program/codex-words.ts";
import { findArchivedRollout, findCompressedRollout, findRollout, isArchivedPath } from "../rollouts/rollout-files.ts";
import { findStoredThread } from "./list-threads.ts";

/** Archives a thread, or takes it out of the archive. Throws THREAD_NOT_FOUND, SESSION_BUSY, AGENT_UNSUPPORTED, AGENT_NOT_ANSWERING or AGENT_EXITED. */
export async function setArchived(
  codexHome: string,
  { threadId, isArchived }: { readonly threadId: string; readonly isArchived: boolean },
  run: RunCodex,
): Promise<void> {
  const now = isInArchive(codexHome, threadId);
  if (now === undefined) throw new BridgeError("THREAD_NOT_FOUND", `Codex has no thread ${threadId}.`);
  if (now === isArchived) return;
  // Codex would move the file of a thread that another program goes on with.
  throwIfOpen(codexHome, threadId);
  const able = await canArchive(run);
  if (able === false) throw unsupported();
  const { exitCode, stderr, wasEnded } = await run([isArchived ? "archive" : "unarchive", threadId]);
  // What counts is where the file is.
  if (isInArchive(codexHome, threadId) === isArchived) return;
  const agentText = cutText(readCodexWords(stderr), 600) || undefined;
  if (wasEnded || able === undefined) {
    throw new BridgeError("AGENT_NOT_ANSWERING", "Codex did not move the thread in time.", { threadId, agentText });
  }
  throwIfOpen(codexHome, threadId);
  const verb = isArchived ? "archive" : "unarchive";
  throw new BridgeError("AGENT_EXITED", `Codex did not ${verb} the thread (exit code ${exitCode ?? "none"}).`, {
    threadId,
    agentText,
    nextStep: `Another program may have it open. If not, ask the user to run \`codex ${verb} ${threadId}\`, which may say more.`,
  });
}

function throwIfOpen(codexHome: string, threadId: string): void {
  const use = findStoredThread(codexHome, threadId)?.use;
  if (use !== "running" && use !== "open") return;
  throw new BridgeError("SESSION_BUSY", "Another program has this thread open.", { threadId });
}

// Undefined if Codex has no file of the thread.
function isInArchive(codexHome: string, threadId: string): boolean | undefined {
  const path =
    findRollout(codexHome, threadId) ??
    findArchivedRollout(codexHome, threadId) ??
    findCompressedRollout(codexHome, threadId);
  return path === undefined ? undefined : isArchivedPath(codexHome, path);
}

function unsupported(): BridgeError {
  return new BridgeError("AGENT_UNSUPPORTED", "This Codex CLI cannot archive threads.", {
    nextStep: "Ask the user to update the Codex CLI to 0.142 or later.",
  });
}
