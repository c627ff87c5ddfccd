// What Claude Code starts: the server, what runs beside it, and the hooks of the plugin.

import { NO_FLAGS } from "../../domain/codex-flags.ts";
import { ROLES, type Role } from "../../domain/role.ts";
import { prepareBridge } from "../bridge-start.ts";
import { CODEX_FLAG_OPTIONS, toCodexFlags } from "../codex-flags.ts";
import { type Command, toCommand, toText } from "../command.ts";
import { serve } from "../serve.ts";

/** These commands. */
export const SERVER_COMMANDS: readonly Command[] = [
  toCommand({
    name: "serve",
    summary: "run the MCP server on stdin and stdout (Claude Code or Codex starts this)",
    usage: "[--role claude|codex|any]",
    details: [
      "Settings are environment variables; see docs/reference.md.",
      "Register it in Claude Code: claude mcp add -s user codex -- codex-bridge",
      "Register it in Codex: codex mcp add claude -- codex-bridge serve --role codex",
    ],
    options: {
      role: { type: "string", help: "who calls: claude (the default), codex, or any for both" },
    },
    run: ({ values }, version) => serve(version, NO_FLAGS, toRole(toText(values["role"]))),
  }),
  toCommand({
    name: "memory-server",
    summary: "run the shared memory as an MCP server of its own",
    usage: "[--names byterover | --read-only]",
    details: [
      "It offers store_knowledge, retrieve_knowledge and wait_for_status to any client, over the store that all bridges of the user share.",
      "Register it in Codex: codex mcp add memory -- codex-bridge memory-server",
      "Codex hands a server few variables. If you set BRIDGE_STATE_DIR, BRIDGE_MEMORY_URL or BRIDGE_EMBEDDINGS_…, name them in env_vars of the entry in config.toml; doctor says which are missing.",
    ],
    options: {
      names: { type: "string", help: "byterover: names of the tools as its skills call them" },
      "read-only": { type: "boolean", help: "nothing that stores" },
    },
    run: ({ values }, version) =>
      serve(version, NO_FLAGS, toMemoryRole(toText(values["names"]), values["read-only"] === true)),
  }),
  toCommand({
    name: "run-jobs",
    summary: "run the jobs that outlive their session (the bridge starts this)",
    isInternal: true,
    run: async (_words, version) => (await import("../run-jobs.ts")).runRunner(prepareBridge(version)),
  }),
  toCommand({
    name: "hook",
    summary: "answer a hook of the Claude Code plugin (Claude Code starts this)",
    isInternal: true,
    hasWords: true,
    run: async ({ positionals }) => (await import("../hook.ts")).runHook(positionals[0]),
  }),
  toCommand({
    name: "mcp-server",
    summary: "the same, with the flags of the removed `codex mcp-server`",
    usage: "[flags of codex mcp-server]",
    details: [
      "To repair an old registration, replace one word: codex … mcp-server … becomes codex-bridge … mcp-server …. The flags may stand in any order.",
      "The flags apply to every Codex that the bridge starts, on top of config.toml.",
    ],
    options: CODEX_FLAG_OPTIONS,
    run: ({ values }, version) => serve(version, toCodexFlags(values)),
  }),
];

function toRole(text = "claude"): Role {
  const role = ROLES.find((one) => one === text);
  if (role === undefined) throw new Error(`--role ${JSON.stringify(text)} is none of ${ROLES.join(", ")}`);
  return role;
}

function toMemoryRole(names: string | undefined, isReadOnly: boolean): Role {
  if (isReadOnly) {
    if (names !== undefined) throw new Error("--read-only goes without --names");
    return "recall";
  }
  if (names !== undefined && names !== "byterover")
    throw new Error(`--names ${JSON.stringify(names)} is not byterover`);
  return names === undefined ? "memory" : "byterover";
}
