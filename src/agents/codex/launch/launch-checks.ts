// Refuses requests that this Codex CLI would ignore, misread or fail on, before Codex is started.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import type { ExecCapabilities } from "../program/capabilities.ts";
import { findCompressedRollout, findRollout } from "../rollouts/rollout-files.ts";
import type { CodexTurnRequest } from "../turn/codex-turn-request.ts";

/** Linux accepts at most 128 KiB in one argument, including its final NUL. */
const MAX_ARGUMENT_BYTES = 131_071;

/** Refuses arguments that this CLI would silently ignore or misread. Throws AGENT_UNSUPPORTED, CONFIG_INVALID or THREAD_NOT_FOUND. */
export function checkCapabilities(
  exec: ExecCapabilities,
  { frame, images, threadId, isFork = false, checkedIn }: CodexTurnRequest,
  codexHome: string,
): void {
  if (isFork && !exec.forks) {
    throw new BridgeError("AGENT_UNSUPPORTED", "This Codex CLI cannot fork a thread without a prompt.", {
      nextStep:
        "Ask the user to update the Codex CLI to 0.150 or later. Or continue the thread itself with codex-reply.",
    });
  }
  const unsupported = [
    !exec.takesInstructions && frame.developerInstructions !== undefined ? "developer-instructions" : undefined,
    !exec.takesInstructions && frame.compactPrompt !== undefined ? "compact-prompt" : undefined,
    !exec.takesImages && images.length > 0 ? "images" : undefined,
  ].find((name) => name !== undefined);
  if (unsupported !== undefined) {
    throw new BridgeError("AGENT_UNSUPPORTED", `This Codex CLI does not support ${unsupported}.`);
  }
  if (frame.permissions?.name !== undefined && !exec.hasPermissionProfiles) {
    const name = JSON.stringify(frame.permissions.name);
    throw new BridgeError(
      "AGENT_UNSUPPORTED",
      `This Codex CLI does not support permission profiles, such as the user's ${name}.`,
      {
        nextStep: "Ask the user to update the Codex CLI to 0.142 or later, or to choose `sandbox_mode` in config.toml.",
      },
    );
  }
  // The CLIs whose sandbox runs every command read-only are those without permission profiles.
  if (checkedIn !== undefined && checkedIn !== "read-only" && !exec.hasPermissionProfiles) {
    throw new BridgeError(
      "AGENT_UNSUPPORTED",
      "This Codex CLI runs a check only in a read-only sandbox, and the check of this turn may have to write. No turn was started.",
      {
        nextStep:
          "Leave `check` out and run it yourself afterwards, or ask the user to update the Codex CLI to 0.142 or later.",
      },
    );
  }
  const { profile } = frame;
  if (profile !== undefined && exec.hasFileProfiles && !existsSync(join(codexHome, `${profile}.config.toml`))) {
    throw new BridgeError(
      "CONFIG_INVALID",
      `This Codex CLI reads profile ${profile} from ${profile}.config.toml, which does not exist.`,
    );
  }
  const hasFile = (id: string): boolean =>
    (findRollout(codexHome, id) ?? findCompressedRollout(codexHome, id)) !== undefined;
  if (threadId !== undefined && !exec.refusesUnknownThreads && !hasFile(threadId)) {
    throw new BridgeError("THREAD_NOT_FOUND", `Codex has no stored thread ${threadId}.`);
  }
}

/** Refuses arguments that the system cannot pass to a program, or that Codex would split. Throws INVALID_ARGUMENT. */
export function checkArguments(args: readonly string[], images: readonly string[]): void {
  const odd = images.find((path) => path.includes(","));
  if (odd !== undefined) {
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `images: ${JSON.stringify(odd)} contains a comma, and Codex would split the path there.`,
      {
        nextStep: "Copy the image to a path without a comma.",
      },
    );
  }
  const isLong = args.some((arg) => Buffer.byteLength(arg) > MAX_ARGUMENT_BYTES || arg.includes("\0"));
  if (!isLong) return;
  throw new BridgeError(
    "INVALID_ARGUMENT",
    "config or developer-instructions contain a value that is too long for a command line.",
    {
      nextStep: "Put long text into the prompt.",
    },
  );
}
