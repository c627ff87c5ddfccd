// A bridge for a command or a hook, with the settings of the one that is registered in this directory.
import type { AppOptions } from "../app/app-options.ts";
import { prepareBridge } from "./bridge-start.ts";
import { readEntryFlags } from "./codex-flags.ts";
import { readRegisteredEntry } from "./registered-settings.ts";

/** What it is built from. `over` wins over the entry's own environment. Wrong settings are part of it: each call says what is wrong. */
export function prepareRegisteredBridge(
  version: string,
  ownPath: string,
  { level = "error", over = {} }: { readonly level?: string; readonly over?: Readonly<Record<string, string>> } = {},
): AppOptions {
  const { env, args } = readRegisteredEntry(process.cwd(), ownPath);
  const start = prepareBridge(version, { env: { ...env, ...over }, level });
  return { ...start, codexFlags: readEntryFlags(args) };
}
