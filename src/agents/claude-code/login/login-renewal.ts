// Renews the login before it expires, outside of the sandbox: within it Claude Code could not store the new one
// (docs/claude-code.md#inside-codexs-sandbox).
import type { Logger } from "../../../domain/logger.ts";
import { LineProcess, type LineProcessParts } from "../../turn/line-process.ts";
import { waitAtMost } from "../../turn/wait-at-most.ts";
import { type LoginPlace, readLoginExpiry } from "./stored-login.ts";

/** How Claude Code is started to renew its login: with no tool, in its user's own settings folder. */
export interface RenewalLaunch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Renews logins. */
export interface LoginRenewal {
  /** Has a login renewed that is about to expire. Never rejects: if it fails, the turn tells that the login has expired. */
  ensure(launch: RenewalLaunch, signal: AbortSignal): Promise<void>;
  /** The same while something runs, until the returned function is called. */
  watch(launch: RenewalLaunch, signal: AbortSignal): () => void;
}

/** Options of the renewal. */
export interface LoginRenewalOptions extends LineProcessParts {
  readonly place: LoginPlace;
  readonly clock: () => number;
  readonly logger: Logger;
}

/** Claude Code renews a login in the last 5 minutes before it expires, and not earlier. */
const LEAD_MS = 290_000;
const WATCH_MS = 60_000;
/** After a try, whatever came of it. */
const PAUSE_MS = 60_000;
const LIMIT_MS = 15_000;

/** Makes it. */
export function createLoginRenewal({ place, clock, logger, ...parts }: LoginRenewalOptions): LoginRenewal {
  let triedAt = Number.NEGATIVE_INFINITY;
  let renewing: Promise<void> | undefined;

  async function ensure(launch: RenewalLaunch, signal: AbortSignal): Promise<void> {
    const expiresAt = readLoginExpiry(place);
    if (expiresAt === undefined || expiresAt - clock() > LEAD_MS) return;
    if (renewing === undefined && clock() - triedAt < PAUSE_MS) return;
    renewing ??= renew(launch, signal).finally(() => {
      renewing = undefined;
    });
    await renewing;
    logger.info({ isRenewed: readLoginExpiry(place) !== expiresAt }, "the login of Claude Code was about to expire");
  }

  async function renew(launch: RenewalLaunch, signal: AbortSignal): Promise<void> {
    triedAt = clock();
    try {
      await askForLogin(launch, parts, place.home, signal);
    } catch (error) {
      logger.warn({ err: error }, "the login of Claude Code could not be renewed");
    }
  }

  return {
    ensure,
    watch: (launch, signal) => {
      const timer = setInterval(() => void ensure(launch, signal), WATCH_MS);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

// `initialize` is no turn: the account is looked up, and no model is asked. A cancel comes too late once it runs: other turns may wait for it.
async function askForLogin(
  launch: RenewalLaunch,
  parts: LineProcessParts,
  cwd: string,
  signal: AbortSignal,
): Promise<void> {
  const whole = { ...launch, cwd, areas: [], key: "" };
  const process = new LineProcess(whole, parts);
  await process.start(whole, signal);
  const answered = new Promise<void>((resolve) => {
    process.listen({
      onLine: (line) => line.includes('"control_response"') && resolve(),
      onLongLine: () => resolve(),
    });
  });
  process.send(JSON.stringify({ type: "control_request", request_id: "login", request: { subtype: "initialize" } }));
  await waitAtMost(Promise.race([answered, process.ended]), LIMIT_MS);
  await process.close();
}
