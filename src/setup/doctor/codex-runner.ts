// Asks the Codex CLI short questions, each as a run of the ledger.
import { nanoid } from "nanoid";
import { toHomeVariable } from "../../agents/codex/config/home.ts";
import type { RunCodex } from "../../agents/codex/program/capabilities.ts";
import { buildChildEnv } from "../../agents/codex/program/child-env.ts";
import type { CodexFlags } from "../../domain/codex-flags.ts";
import { runCommand } from "../../process/program.ts";
import type { RunLedger } from "../../process/run-ledger.ts";
import type { DoctorSettings } from "./options.ts";

/** Time limit for a question to the CLI that needs no network (measured: 9 to 60 ms). */
const PROBE_TIMEOUT_MS = 10_000;
const NEVER = new AbortController().signal;

/** What a question depends on. */
export interface RunnerContext {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly settings: DoctorSettings;
  readonly ledger: RunLedger;
  readonly flags: CodexFlags;
  /** A temporary home if the user's default home does not exist: Codex would create that one. */
  readonly scratchHome: string | undefined;
}

/** Makes the function that asks. A question that hangs leaves nothing running. */
export function createRunner(file: string, context: RunnerContext): RunCodex {
  const { cwd, env, settings, ledger, flags, scratchHome } = context;
  const userFlags = flags.overrides.flatMap((text) => ["-c", text]);
  return async (args) => {
    const runId = nanoid();
    const home = isAboutItself(args)
      ? { CODEX_HOME: settings.codexHome }
      : toHome(settings.codexHome, env, scratchHome);
    const childEnv = buildChildEnv({ env, pass: settings.envPass, add: { ...home, BRIDGE_RUN: runId } });
    ledger.begin(runId, `BRIDGE_RUN=${runId}`);
    try {
      return await runCommand(
        { file, args: [...userFlags, ...args], env: childEnv, cwd },
        { timeoutMs: PROBE_TIMEOUT_MS, signal: NEVER },
      );
    } finally {
      await ledger.kill(runId);
    }
  };
}

// Questions about the program itself are asked before it is known whether the home exists. For them Codex accepts any home, and creates none.
function isAboutItself(args: readonly string[]): boolean {
  return args.some((word) => word === "--version" || word === "--help");
}

/** The home that Codex is told, if it has to be told one. */
export function toHome(
  codexHome: string,
  env: NodeJS.ProcessEnv,
  scratchHome: string | undefined,
): { CODEX_HOME?: string } {
  return scratchHome === undefined ? toHomeVariable(codexHome, env) : { CODEX_HOME: scratchHome };
}
