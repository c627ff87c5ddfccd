// The flags of the removed `codex mcp-server`, and what they mean for every Codex that the bridge starts.
import { parseArgs } from "node:util";
import { type CodexFlags, NO_FLAGS } from "../domain/codex-flags.ts";

/** The flags, as `parseArgs` takes them, with their help. */
export const CODEX_FLAG_OPTIONS = {
  model: { type: "string", short: "m", help: "model for threads that name none" },
  config: {
    type: "string",
    short: "c",
    multiple: true,
    help: "KEY=VALUE for config.toml: a dotted key, a TOML value",
  },
  profile: { type: "string", short: "p", help: "profile for threads that name none" },
  enable: { type: "string", multiple: true, help: "switch a feature on" },
  disable: { type: "string", multiple: true, help: "switch a feature off" },
  "strict-config": { type: "boolean", help: "accepted and ignored" },
} as const;

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** Throws an Error that says which flag is wrong. */
export function toCodexFlags({ model, config, profile, enable, disable }: Values): CodexFlags {
  // Codex accepts spaces around the equals sign.
  const given = listTexts(config).map((text) => text.replace(/^\s*([\w.-]+)\s*=\s*/, "$1="));
  const odd = given.find((text) => !/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*=/.test(text));
  if (odd !== undefined) throw new Error(`-c ${JSON.stringify(odd)} is not KEY=VALUE`);
  return {
    overrides: [
      ...given,
      ...(typeof model === "string" ? [`model=${JSON.stringify(model)}`] : []),
      ...listTexts(enable).map((name) => toFeature(name, true)),
      ...listTexts(disable).map((name) => toFeature(name, false)),
    ],
    profile: typeof profile === "string" ? profile : undefined,
  };
}

function listTexts(value: Values[string]): string[] {
  return [value ?? []].flat().filter((text) => typeof text === "string");
}

function toFeature(name: string, isOn: boolean): string {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new Error(`${JSON.stringify(name)} is not the name of a feature`);
  return `features.${name}=${isOn}`;
}

/** The flags in a registration's arguments. None if it does not use `mcp-server`, or if a flag is wrong: the server's own start reports that. */
export function readEntryFlags(args: readonly string[]): CodexFlags {
  if (!args.includes("mcp-server")) return NO_FLAGS;
  const words = args.filter((word) => word !== "mcp-server" && !/(^|\/)(bin\.js|codex-bridge)$/.test(word));
  try {
    return toCodexFlags(parseArgs({ args: words, options: CODEX_FLAG_OPTIONS }).values);
  } catch {
    return NO_FLAGS;
  }
}
