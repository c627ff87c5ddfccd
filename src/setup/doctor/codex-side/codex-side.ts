// The other direction: what Codex has of the bridge, so that it can call Claude.
import type { RunCodex } from "../../../agents/codex/program/capabilities.ts";
import { CODEX_PLUGIN } from "../../files/codex-entry.ts";
import { type Ask, after, type Needs, once } from "../after.ts";
import { type Finding, mergeFindings, ok, skipped, warning } from "../check.ts";
import type { DoctorOptions } from "../options.ts";
import { checkClaude } from "./claude-check.ts";
import { type CodexEntry, readCodexServers } from "./codex-entries.ts";
import { canStart, checkEntries, pickCodexBridges, pickCodexMemories } from "./entry-checks.ts";
import { toCodexLimits, toServerEnv } from "./server-env.ts";
import { checkStart } from "./start-check.ts";

/** What is looked at. */
export interface CodexSide extends Pick<DoctorOptions, "env" | "cwd" | "ownPath" | "version" | "load"> {
  readonly codexHome: string;
  /** Asks Codex as its user does: without the flags of a registration. */
  readonly run: RunCodex;
  /** Resolves once nothing else keeps the machine busy: the start of a server is timed. */
  readonly idle: () => Promise<unknown>;
}

/** The checks by their id. */
export type CodexSideChecks = Readonly<Record<"codex-entry" | "codex-server" | "claude", Ask>>;

/** The entries, a start of each, and the Claude Code that it finds; once what these depend on is known to be well: before that there may be no home to look in. */
export function checkSideAfter(needs: Needs, toSide: () => CodexSide): CodexSideChecks {
  const side = once(toSide);
  const read = once(async () => readEntries(await side()));
  return {
    "codex-entry": after(needs, async () => (await read()).finding),
    "codex-server": after(needs, async () => {
      const [entries, own] = [await read(), await side()];
      const isNone = entries.finding.status === "ok";
      return checkEach([...entries.started, ...entries.memories], isNone, (entry) => checkStartOf(entry, entries, own));
    }),
    claude: after(needs, async () => {
      const [entries, own] = [await read(), await side()];
      const isNone = entries.finding.status === "ok" || !entries.mayHaveBridge;
      return checkEach(entries.started, isNone, (entry) => checkClaudeOf(entry, entries, own));
    }),
  };
}

interface Entries {
  readonly finding: Finding;
  /** Bridges that Codex can start. */
  readonly started: readonly CodexEntry[];
  /** Servers of the memory alone that it can start. */
  readonly memories: readonly CodexEntry[];
  /** Whether Codex has a bridge that it cannot start, or one that it can, or nobody knows. */
  readonly mayHaveBridge: boolean;
  readonly limits: ReturnType<typeof toCodexLimits>;
}

async function readEntries({ run, codexHome, ...scope }: CodexSide): Promise<Entries> {
  const [listing, version] = await Promise.all([run(["mcp", "list", "--json"]), run(["--version"])]);
  const minor = /\b0\.(\d+)\./.exec(version.stdout)?.[1];
  const limits = toCodexLimits(minor === undefined ? undefined : Number(minor));
  const servers = listing.exitCode === 0 ? readCodexServers(listing.stdout, codexHome) : undefined;
  if (servers === undefined) {
    const finding = warning(
      "Codex does not list its MCP servers, so it is not known whether the bridge is one",
      "Run `codex mcp list --json` yourself to see why.",
    );
    return { finding, started: [], memories: [], mayHaveBridge: true, limits };
  }
  const bridges = pickCodexBridges(servers, scope);
  const [started = [], memories = []] = [bridges, pickCodexMemories(servers, scope)].map((entries) =>
    entries.filter((entry) => canStart(entry, scope)),
  );
  const mayHaveBridge = bridges.length > 0 || servers.plugins.some(({ id }) => id === CODEX_PLUGIN);
  return { finding: checkEntries(servers, { ...scope, limits }), started, memories, mayHaveBridge, limits };
}

// One after the other, since each is timed.
async function checkEach(
  started: readonly CodexEntry[],
  isNone: boolean,
  check: (entry: CodexEntry) => Promise<Finding>,
): Promise<Finding> {
  if (started.length === 0) {
    return isNone ? ok("none: Codex starts no bridge") : skipped("codex-entry has nothing to start");
  }
  const findings: Finding[] = [];
  for (const entry of started) findings.push(await check(entry));
  return mergeFindings(findings);
}

async function checkStartOf(entry: CodexEntry, { limits }: Entries, side: CodexSide): Promise<Finding> {
  await side.idle();
  return checkStart(entry, { ...side, limits });
}

async function checkClaudeOf(entry: CodexEntry, { limits }: Entries, { env, cwd, load }: CodexSide): Promise<Finding> {
  const own = toServerEnv(entry, env, limits);
  const loaded = load(own);
  if ("problems" in loaded) return skipped("the settings of the entry are wrong");
  return checkClaude({ name: entry.name, env: own, settings: loaded.settings, cwd: entry.cwd ?? cwd });
}
