// The checks that need the settings. A check is skipped if one that it depends on has failed.
import { join } from "node:path";
import { nanoid } from "nanoid";
import { createEnvFileReader } from "../../agents/codex/config/env-file.ts";
import { toHomeVariable } from "../../agents/codex/config/home.ts";
import { createUserConfigReader } from "../../agents/codex/config/user-config.ts";
import type { AskAppServer } from "../../agents/codex/program/app-server-questions.ts";
import { buildChildEnv } from "../../agents/codex/program/child-env.ts";
import { createMachine } from "../../app/machine.ts";
import { type CodexFlags, NO_FLAGS } from "../../domain/codex-flags.ts";
import { BridgeError } from "../../domain/errors.ts";
import { SILENT_LOGGER } from "../../domain/logger.ts";
import { resolveRealPath } from "../../files/real-path.ts";
import { createStagingFolders } from "../../receipts/staging-folders.ts";
import { createJobFiles } from "../../state/job-files.ts";
import type { LockFiles } from "../../state/lock-files.ts";
import { createProposalFiles } from "../../state/proposal-files.ts";
import { createRunnerFiles } from "../../state/runner-files.ts";
import { findObstacle } from "../../worktrees/tree-git.ts";
import { createWorktrees } from "../../worktrees/worktrees.ts";
import { type Ask, after, once } from "./after.ts";
import { checkAgents } from "./agents/agents-check.ts";
import { createAsk } from "./ask-app-server.ts";
import { checkCommandRules, checkSockets } from "./boundary-checks.ts";
import { skipped } from "./check.ts";
import { checkCodex, checkMcpServers, findCodex, judgeDesktop, toMissing } from "./codex-checks.ts";
import { createRunner, toHome } from "./codex-runner.ts";
import { type CodexSide, type CodexSideChecks, checkSideAfter } from "./codex-side/codex-side.ts";
import { checkHooks, checkServerStart } from "./extras-checks.ts";
import { checkCertificates, checkCredential, checkHome } from "./home-checks.ts";
import type { DoctorOptions, DoctorSettings, ReadConfig } from "./options.ts";
import { checkLeftovers, checkRules, checkState } from "./own-checks.ts";
import { checkRunners } from "./runner-checks.ts";
import { checkSandbox } from "./sandbox-checks.ts";
import { checkWorktrees, type WorktreeScope } from "./worktree-checks.ts";

/** The checks that need the settings, but those of Codex's side. */
const PARTS = [
  "codex",
  "codex-home",
  "credential",
  "certificates",
  "sandbox",
  "codex-rules",
  "sockets",
  "rules",
  "state",
  "memory",
  "leftovers",
  "worktrees",
  "runners",
  "codex-mcp",
  "codex-hooks",
  "agents",
] as const;

/** Those checks by their id. */
export type Parts = Readonly<Record<(typeof PARTS)[number], Ask>>;

/** The checks of both directions. */
export interface AllParts {
  readonly parts: Parts;
  /** Those of Codex's side. `idle` resolves once the other checks are done, since these take times. */
  toCodexSide(idle: () => Promise<unknown>): CodexSideChecks;
}

/** Skips every check for the same reason. */
export function skipAll(why: string): AllParts {
  const none = once(() => skipped(why));
  return {
    parts: Object.fromEntries(PARTS.map((id) => [id, none])) as Parts,
    toCodexSide: () => ({ "codex-entry": none, "codex-server": none, claude: none }),
  };
}

/** Options of these checks. */
export interface PartsOptions extends DoctorOptions {
  readonly hasOwnPath: boolean;
  /** A temporary home for the questions if the user's default home does not exist: Codex would create that one. */
  readonly scratchHome: string | undefined;
}

/** The checks; none is made before it is asked for. */
export function checkParts(
  options: PartsOptions,
  env: NodeJS.ProcessEnv,
  settings: DoctorSettings,
  flags: CodexFlags,
): AllParts {
  const { cwd, shippedRules, isFix, isTurn, hasOwnPath, scratchHome } = options;
  const { codexHome, stateDir } = settings;
  const reader = createUserConfigReader(codexHome, flags.overrides);
  const readConfig: ReadConfig = () => reader(flags.profile);
  const { ledger, locks, judgeHolder: judge } = createMachine({ stateDir, cwd, logger: SILENT_LOGGER });
  const runnerView = { files: createRunnerFiles(stateDir), jobFiles: createJobFiles(stateDir), judge };
  const binary = findCodex(settings.codexBin, env, cwd);
  const file = binary instanceof BridgeError ? "codex" : binary.path;
  const run = createRunner(file, { cwd, env, settings, ledger, flags, scratchHome });
  const state = once(() => checkState(stateDir, isFix));
  const codex = once(() =>
    binary instanceof BridgeError
      ? toMissing(binary)
      : checkCodex(binary, run, hasOwnPath ? undefined : judgeDesktop(settings.codexBin, binary, env)),
  );
  const home = after({ codex }, () => checkHome(readConfig, codexHome, env, run));
  const works = { codex, "codex-home": home };
  const leftovers = once(() => checkLeftovers(ledger, isFix));
  const sources = { codexHome, env, envFile: createEnvFileReader(codexHome)() };
  const parts: Parts = {
    codex,
    "codex-home": home,
    credential: after({ "codex-home": home }, () => checkCredential(readConfig, sources)),
    certificates: once(() => checkCertificates(sources)),
    sandbox: after(works, () => checkSandbox(run, join(stateDir, "sandbox-probe"), { readConfig, env })),
    "codex-rules": once(() => checkCommandRules(cwd, codexHome, settings.codexRules)),
    sockets: after({ "codex-home": home }, () => checkSockets(readConfig, env, codexHome)),
    rules: once(() => checkRules(settings.delegationRules ?? shippedRules)),
    state,
    memory: after({ state }, async () => (await import("./memory-checks.ts")).checkMemory(settings)),
    leftovers,
    // What a dead bridge left running may still write there.
    worktrees: after({ leftovers }, () => checkWorktrees(toWorktreeScope(settings, { env, cwd, locks }), isFix)),
    runners: once(() => checkRunners(settings, runnerView, cwd)),
    "codex-mcp": after(works, async () => {
      const found = await checkMcpServers(run, settings.childMcp);
      // Starts only the servers of the user's own config, and only if turns start them too.
      if (!isTurn || settings.childMcp === "none") return found;
      const { namedVariables } = await readConfig();
      return checkServerStart(found, askIn(codexHome, [...settings.envPass, ...namedVariables]));
    }),
    "codex-hooks": after(works, () => checkHooks(askIn(cwd, settings.envPass), cwd)),
    agents: after({ state }, () => checkAgents({ env, cwd, settings })),
  };
  return { parts, toCodexSide: (idle) => checkSideAfter(works, () => toSide(idle)) };

  // As its user starts it, without what the registration in Claude Code adds.
  function toSide(idle: () => Promise<unknown>): CodexSide {
    const own = { ...options.env, ...toHomeVariable(codexHome, options.env) };
    const asUser = { cwd, env: own, settings, ledger, flags: NO_FLAGS, scratchHome };
    return { ...options, env: own, codexHome, run: createRunner(file, asUser), idle };
  }

  function askIn(folder: string, pass: readonly string[]): AskAppServer {
    const args = [...flags.overrides.flatMap((text) => ["-c", text]), "app-server"];
    const home = toHome(codexHome, env, scratchHome);
    return createAsk({ file, args, env: buildChildEnv({ env, pass, add: home }), cwd: folder }, ledger);
  }
}

function toWorktreeScope(
  { stateDir, codexHome, worktreesDir }: DoctorSettings,
  { env, cwd, locks }: { readonly env: NodeJS.ProcessEnv; readonly cwd: string; readonly locks: LockFiles },
): WorktreeScope {
  const files = createProposalFiles(stateDir);
  const hidden = [stateDir, codexHome].map((path) => resolveRealPath(path));
  const own = { stateDir, env, bridgeId: `doctor-${nanoid()}`, hidden, clock: Date.now, project: cwd, locks };
  const worktrees = createWorktrees({
    ...own,
    ...{ folder: resolveRealPath(worktreesDir), files, newId: () => "", setUp: undefined },
  });
  const staging = createStagingFolders(stateDir, locks);
  const place = resolveRealPath(cwd);
  return { worktrees, files, locks, clock: Date.now, staging, findObstacle: () => findObstacle(place, env["HOME"]) };
}
