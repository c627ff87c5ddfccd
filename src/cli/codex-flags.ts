// The flags of `codex mcp-server`, as words of our command line, to what they mean for every Codex that is started.
import type { CodexFlags } from "../domain/codex-flags.ts";
import type { CommandWords } from "./commands.ts";

/** Throws an Error that says which flag is wrong. */
export function toCodexFlags({ model, config, profile, enable, disable }: CommandWords["values"]): CodexFlags {
  const given = listTexts(config);
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

function listTexts(value: CommandWords["values"][string]): string[] {
  return [value ?? []].flat().filter((text) => typeof text === "string");
}

function toFeature(name: string, isOn: boolean): string {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new Error(`${JSON.stringify(name)} is no feature's name`);
  return `features.${name}=${isOn}`;
}
