// A bridge for a command or a hook, with the settings of the one that is registered in this directory.
import type { AppOptions } from "../app/app-options.ts";
import { readRegistrations } from "../clients/claude-code/registrations.ts";
import { findActive } from "../setup/doctor/claude-checks.ts";
import { prepareBridge } from "./bridge-start.ts";
import { readEntryFlags } from "./codex-flags.ts";

/** What it is built from. `over` wins over the entry's own environment. Wrong settings are part of it: each call says what is wrong. */
export function prepareRegisteredBridge(
  version: string,
  ownPath: string,
  { level = "error", over = {} }: { readonly level?: string; readonly over?: Readonly<Record<string, string>> } = {},
): AppOptions {
  const { env } = process;
  const cwd = process.cwd();
  const entry = findActive(readRegistrations({ env, cwd }), { ownPath, env, cwd });
  const start = prepareBridge(version, { env: { ...env, ...entry?.env, ...over }, level });
  return { ...start, codexFlags: readEntryFlags(entry?.args ?? []) };
}
