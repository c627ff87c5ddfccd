// Checks for parts that Codex silently skips in a turn: hooks that nobody has trusted, and MCP servers that do not start.
import {
  type AskAppServer,
  type BrokenServer,
  listBrokenServers,
  listUntrustedHooks,
} from "../../agents/codex/program/app-server-questions.ts";
import { type Finding, ok, skipped, warning } from "./check.ts";

/** Checks the hooks of the user and of a trusted project, without running any. */
export async function checkHooks(ask: AskAppServer, cwd: string): Promise<Finding> {
  const untrusted = await listUntrustedHooks(ask, cwd);
  if (untrusted === undefined) return skipped("this Codex CLI does not say which hooks it skips");
  if (untrusted.length === 0) return ok("none that Codex skips");
  const names = untrusted.map(({ event, source }) => `${event} of ${source}`).join(", ");
  return warning(
    `Codex skips hooks that nobody has trusted: ${names}`,
    "Review them in Codex's own terminal (`codex`), which asks about them, or remove them.",
  );
}

/** Adds to a finding which of Codex's MCP servers do not start. To find out, the servers are started as in a turn. */
export async function checkServerStart(found: Finding, ask: AskAppServer): Promise<Finding> {
  const broken = await listBrokenServers(ask);
  if (broken === undefined)
    return { ...found, found: `${found.found}; this Codex CLI does not say which of them start` };
  if (broken.length === 0) return found;
  return warning(
    `${found.found}; Codex goes on without those that do not start: ${broken.map(describe).join("; ")}`,
    "Correct or remove them in config.toml (`codex mcp list`).",
  );
}

function describe({ name, reason }: BrokenServer): string {
  return reason === undefined ? name : `${name} (${reason.slice(0, 200)})`;
}
