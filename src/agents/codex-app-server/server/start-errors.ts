// Explains why an app server did not start.
import { stripVTControlCharacters } from "node:util";
import { cutText } from "../../../domain/cut-text.ts";
import { BridgeError, toBridgeError } from "../../../domain/errors.ts";
import { readStart } from "../../codex/failures/failure-start.ts";
import { toSpawnError } from "../../codex/launch/spawn-errors.ts";
import { readCodexWords } from "../../codex/program/codex-words.ts";
import { RequestTimedOut, RpcError, type ServerEnd, ServerEnded, UnreadableAnswer } from "./server-errors.ts";
import type { ServerLaunch } from "./server-types.ts";

/** The operating system did not start the program. */
export class SpawnFailed extends Error {
  readonly error: Error;

  constructor(error: Error) {
    super("the app server could not be started");
    this.error = error;
  }
}

const WORDS_CHARACTERS = 600;

/**
 * Turns the failure of a start into an error of ours. AGENT_UNSUPPORTED means that this CLI has no app server that the bridge can use, so
 * that another backend may be tried.
 */
export function toStartError(thrown: unknown, { file, cwd }: ServerLaunch): BridgeError {
  if (thrown instanceof SpawnFailed) return toSpawnError(thrown.error, file, cwd);
  if (thrown instanceof ServerEnded) return explainEnd(thrown.end, thrown);
  if (thrown instanceof RequestTimedOut) {
    const message = "The app server of the Codex CLI did not start in time. No turn was started.";
    return new BridgeError("AGENT_NOT_ANSWERING", message, { cause: thrown });
  }
  if (thrown instanceof RpcError || thrown instanceof UnreadableAnswer) {
    const message = "This Codex CLI has no app server that the bridge can use.";
    return new BridgeError("AGENT_UNSUPPORTED", message, { agentText: cutWords(thrown.message), cause: thrown });
  }
  return toBridgeError(thrown);
}

function explainEnd({ stderr, exitCode, signal }: ServerEnd, cause: Error): BridgeError {
  const words = readCodexWords(stripVTControlCharacters(stderr));
  const agentText = words === "" ? undefined : cutWords(words);
  const known = readStart({ words, exitCode, signal, isResume: false });
  if (known === undefined) {
    const message = `The app server of the Codex CLI was ended from outside as it started (${signal}).`;
    return new BridgeError("AGENT_BROKEN", message, { agentText, cause });
  }
  return new BridgeError(known.code, known.summary, { nextStep: known.nextStep, agentText, cause });
}

function cutWords(text: string): string {
  return cutText(text, WORDS_CHARACTERS);
}
