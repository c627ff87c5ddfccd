// Builds the backends.
import { nanoid } from "nanoid";
import type { AgentBackend } from "../agents/agent-backend.ts";
import type { CodexOptions } from "../agents/codex/codex-parts.ts";
import { createUserConfigReader } from "../agents/codex/config/user-config.ts";
import { createCodexAppServerBackend } from "../agents/codex-app-server/backend.ts";
import { createCodexExecBackend, createExecRunner } from "../agents/codex-exec/backend.ts";
import type { ReadDepth } from "../delegation/turns/depth.ts";
import type { Clock } from "../domain/clock.ts";
import type { CodexFlags } from "../domain/codex-flags.ts";
import type { Logger } from "../domain/logger.ts";
import type { Redact } from "../domain/redact.ts";
import type { RunLedger } from "../process/run-ledger.ts";
import type { Settings } from "../settings/settings.ts";
import type { AttachFiles } from "../state/attach-files.ts";
import type { OpenThreads } from "../state/open-threads.ts";
import type { ScratchFiles } from "../state/scratch-files.ts";
import type { AccountUsage } from "./account-usage.ts";
import { toMemoryServer } from "./memory.ts";

/** What a backend is built from. */
export interface BackendScope {
  readonly version: string;
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly ownPath: string;
  readonly validationWorker: string;
  readonly codexFlags: CodexFlags;
  readonly ledger: RunLedger;
  readonly openThreads: OpenThreads;
  readonly attachFiles: AttachFiles;
  readonly scratch: ScratchFiles;
  readonly depth: ReadDepth;
  /** The usage of the accounts of Codex and of Claude Code. */
  readonly usage: { readonly codex: AccountUsage; readonly claude: AccountUsage };
  readonly clock: Clock;
  readonly redact: Redact;
  readonly logger: Logger;
}

/** Builds the one of Codex that the user's settings choose. */
export function createBackend(scope: BackendScope): AgentBackend {
  const { settings, scratch, version } = scope;
  const options = toCodexOptions(scope);
  const exec = createCodexExecBackend({ ...options, scratch });
  if (settings.backend === "exec") return exec;
  const otherwise = settings.backend === "auto" ? createExecRunner({ ...options, scratch }) : undefined;
  const { threadIdleMs, appServerIdleMs: serverIdleMs } = settings;
  const attachFiles = settings.attach ? scope.attachFiles : undefined;
  const idle = { threadIdleMs, serverIdleMs };
  return createCodexAppServerBackend({ ...options, ...idle, version, otherwise, attachFiles, commands: exec });
}

/** Loads the backend of Claude Code, which a bridge that never calls it does not need. A check of its turns runs in Codex's sandbox. */
export async function loadClaudeBackend(scope: BackendScope, codex: AgentBackend): Promise<AgentBackend> {
  const { createClaudeCodeBackend } = await import("../agents/claude-code/backend.ts");
  const { settings, env, home, ledger, openThreads, depth, usage, clock, redact, logger } = scope;
  const claude = createClaudeCodeBackend({
    ...{ env, home, ledger, openThreads, clock, redact, logger },
    ...{ claudeBin: settings.claudeBin, envPass: settings.envPass, idleMs: settings.threadIdleMs },
    ...{ codexBin: settings.codexBin, codexHome: settings.codexHome, stateDir: settings.stateDir },
    readChildDepth: () => depth().depth + 1,
    keepLimits: usage.claude.keep,
    newId: () => nanoid(),
  });
  const { own } = codex.checkConfig({});
  return {
    ...claude,
    runInSandbox: (command) =>
      codex.runInSandbox({ ...command, frame: { ...command.frame, own, backend: codex.name } }),
  };
}

function toCodexOptions({ settings, codexFlags, depth, usage, ...scope }: BackendScope): CodexOptions {
  const { env, home, ledger, openThreads, clock, validationWorker, redact, logger } = scope;
  const { codexHome } = settings;
  return {
    ...settings,
    ...{ env, home, ledger, openThreads, clock, validationWorker, redact, logger },
    memory: toMemoryServer(settings, env, scope.ownPath),
    childMcp: { mode: settings.childMcp, allowNested: settings.allowNested, ownPath: scope.ownPath },
    readChildDepth: () => depth().depth + 1,
    defaultProfile: codexFlags.profile,
    readUserConfig: createUserConfigReader(codexHome, codexFlags.overrides),
    overrides: codexFlags.overrides,
    keepLimits: ({ limitId = "codex", ...limits }) => {
      // Other kinds of usage have limits of their own, and a turn of theirs says nothing of the ordinary one.
      if (limitId === "codex") usage.codex.keep(limits);
    },
    newId: () => nanoid(),
  };
}
