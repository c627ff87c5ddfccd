// The part of a thread's frame that only Claude Code reads, and what a caller may ask of it.
import { BridgeError } from "../../../domain/errors.ts";
import type { OwnPart } from "../../../domain/thread.ts";
import type { CallerConfig, CheckedConfig } from "../../agent-backend.ts";

const NOTHING_ASKED: Omit<CheckedConfig, "own"> = {
  model: undefined,
  reasoningEffort: undefined,
  developerInstructions: undefined,
  sandboxMode: undefined,
  approvalPolicy: undefined,
  networkAccess: undefined,
  writableRoots: undefined,
  excludeSlashTmp: undefined,
  excludeTmpdir: undefined,
};

/**
 * Checks a caller's request. Throws CONFIG_DENIED for everything that is Codex's alone, settings above all: one of Claude Code's settings
 * can start a program.
 */
export function checkCallerConfig({
  baseInstructions,
  compactPrompt,
  profile,
  config = {},
}: CallerConfig): CheckedConfig {
  const [key] = [
    ...Object.keys(config).map((name) => `config.${name}`),
    ...(profile === undefined ? [] : ["profile"]),
    ...(compactPrompt === undefined ? [] : ["compact-prompt"]),
  ];
  if (key !== undefined) {
    throw new BridgeError("CONFIG_DENIED", `${key} cannot be set for Claude Code.`, { nextStep: "Leave it out." });
  }
  return { ...NOTHING_ASKED, own: baseInstructions === undefined ? {} : { baseInstructions } };
}

/** The instructions that replace Claude Code's own. Throws CONFIG_INVALID for a value of the wrong type. */
export function readBaseInstructions({ baseInstructions }: OwnPart): string | undefined {
  if (baseInstructions === undefined || typeof baseInstructions === "string") return baseInstructions;
  throw new BridgeError("CONFIG_INVALID", "The thread's record is damaged: its baseInstructions cannot be read.", {
    nextStep: "Start a new thread and put the needed context in its prompt.",
  });
}
