// The part of a thread's frame that only Codex reads.
import { BridgeError } from "../../domain/errors.ts";
import { isRecord } from "../../domain/guards.ts";
import type { JsonValue } from "../../domain/json.ts";
import type { OwnPart, ThreadFrame } from "../../domain/thread.ts";

/** The part of a frame that only Codex reads. */
export interface CodexOwn {
  /** Instructions that replace Codex's own. */
  readonly baseInstructions?: string | undefined;
  /** Prompt with which Codex compacts the thread. */
  readonly compactPrompt?: string | undefined;
  /** Name of a profile of the user's Codex config. */
  readonly profile?: string | undefined;
  /** Allowed Codex config overrides, flat: dotted key to value. */
  readonly config: Readonly<Record<string, JsonValue>>;
}

/** A frame together with the fields of Codex's own part. */
export type CodexFrame = Omit<ThreadFrame, "own"> & CodexOwn;

/** Reads Codex's own part of a frame. Keys of a newer version are left out. Throws CONFIG_INVALID for a value of the wrong type. */
export function readOwn(own: OwnPart): CodexOwn {
  const { config = {} } = own;
  if (!isRecord(config)) throw invalid("config");
  return {
    baseInstructions: readText(own, "baseInstructions"),
    compactPrompt: readText(own, "compactPrompt"),
    profile: readText(own, "profile"),
    config: { ...config },
  };
}

/** Converts Codex's own part to the form in which it is stored. */
export function toOwn({ baseInstructions, compactPrompt, profile, config }: CodexOwn): OwnPart {
  return {
    ...(baseInstructions === undefined ? {} : { baseInstructions }),
    ...(compactPrompt === undefined ? {} : { compactPrompt }),
    ...(profile === undefined ? {} : { profile }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  };
}

/** Codex's own part without the config key that a provider refused; undefined if the error names no such key. */
export function dropRefused(own: OwnPart, argument: unknown): OwnPart | undefined {
  if (typeof argument !== "string" || !argument.startsWith("config.")) return undefined;
  const { config, ...rest } = readOwn(own);
  const kept = Object.entries(config).filter(([key]) => argument !== `config.${key}`);
  return toOwn({ ...rest, config: Object.fromEntries(kept) });
}

function readText(own: OwnPart, key: string): string | undefined {
  const value = own[key];
  if (value === undefined || typeof value === "string") return value;
  throw invalid(key);
}

function invalid(key: string): BridgeError {
  return new BridgeError("CONFIG_INVALID", `The thread's record is damaged: its ${key} cannot be read.`, {
    nextStep: "Start a new thread with codex and put the needed context in its prompt.",
  });
}
