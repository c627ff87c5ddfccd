// The flags of `codex mcp-server`, as words of our command line, to what they mean for every Codex that is started.
import { parseArgs } from "node:util";
import { type CodexFlags, NO_FLAGS } from "../domain/codex-flags.ts";

/** The flags, as `parseArgs` takes them, with their help. */
export const CODEX_FLAG_OPTIONS = {
  model: { type: "string", short: "m", help: "model of threads whose caller names none" },
  config: {
    type: "string",
    short: "c",
    multiple: true,
    help: "KEY=VALUE of config.toml, dotted, the value as TOML",
  },
  profile: { type: "string", short: "p", help: "profile of threads whose caller names none" },
  enable: { type: "string", multiple: true, help: "switch a feature on" },
  disable: { type: "string", multiple: true, help: "switch a feature off" },
  "strict-config": { type: "boolean", help: "taken and passed over" },
} as const;

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** Throws an Error that says which flag is wrong. */
export function toCodexFlags({ model, config, profile, enable, disable }: Values): CodexFlags {
  // Codex takes spaces around the sign.
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
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new Error(`${JSON.stringify(name)} is no feature's name`);
  return `features.${name}=${isOn}`;
}

/** Flags in a registration's arguments; none where it does not say `mcp-server`, or says it wrong, which its own start tells. */
export function readEntryFlags(args: readonly string[]): CodexFlags {
  if (!args.includes("mcp-server")) return NO_FLAGS;
  const words = args.filter((word) => word !== "mcp-server" && !/(^|\/)(bin\.js|codex-bridge)$/.test(word));
  try {
    return toCodexFlags(parseArgs({ args: words, options: CODEX_FLAG_OPTIONS }).values);
  } catch {
    return NO_FLAGS;
  }
}
