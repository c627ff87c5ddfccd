// Follows the usage limits of the account, so that a turn that cannot run is answered before it starts. An ordinary turn never waits for it:
// every `account/rateLimits/read` is a request of Codex's to OpenAI (docs/codex-cli.md#usage-limits).
import type { TurnOutcome } from "../../../domain/turn.ts";
import { waitAtMost } from "../../turn/wait-at-most.ts";
import type { Fields } from "../protocol/fields.ts";
import { type AccountLimits, readAccountLimits, readRateLimits } from "../protocol/rate-limits.ts";
import { untilAborted } from "../server/gate.ts";
import { RpcError } from "../server/server-errors.ts";
import type { ServerConnection } from "../server/server-types.ts";
import type { AccountTurn } from "./account-turn.ts";
import { findReached, looksReached, toLimitError } from "./reached-limit.ts";

/** The usage of the account that the servers of a bridge run on. A turn is undefined where it does not use the account. */
export interface AccountUsage {
  /** Throws USAGE_LIMIT if the account allows no turn before a time that is known, and the signal's reason. In doubt the turn may start. */
  check(turn: AccountTurn | undefined): Promise<void>;
  /** Reads the limits in the background when a server is seen for the first time. */
  see(turn: AccountTurn | undefined, connection: ServerConnection): void;
  /** Hears what a server says of no thread. It does not say of which account. */
  hear(method: string, params: Fields): void;
  /** Takes into account how a turn has ended, and gives that back. */
  learn(turn: AccountTurn | undefined, outcome: TurnOutcome): TurnOutcome;
}

/** How long a turn waits for limits that may forbid it. The service answers within a second, as a rule. */
const WAIT_MS = 3_000;
/** Codex itself gives up earlier. */
const READ_MS = 60_000;
/** Calls at the same time share one answer. */
const FRESH_MS = 5_000;
/** After an answer that allows turns, updates are no reason to ask again for this time. At 100 % with credits each of them would be one. */
const TRUST_MS = 300_000;
/** JSON-RPC code of the refusal without a ChatGPT login: there are no limits to read. */
const NO_LIMITS = -32_600;

/** What is known of one login. */
interface Known {
  readonly login: string;
  /** Whether a turn may meet the limit, so that it has to be asked about. */
  isSuspect: boolean;
  hasNone: boolean;
  trustedUntil: number;
  answer: { readonly limits: AccountLimits; readonly at: number } | undefined;
  reading: Promise<void> | undefined;
}

/** Makes it. `clock` gives epoch ms. */
export function createAccountUsage(clock: () => number): AccountUsage {
  const seen = new WeakSet<ServerConnection>();
  /** Of the login that the newest turn used. */
  let known = toUnknown("");

  function take(about: Known, limits: AccountLimits | undefined): void {
    if (limits === undefined) return;
    const now = clock();
    about.answer = { limits, at: now };
    about.isSuspect = findReached(limits, undefined, now) !== undefined;
    about.trustedUntil = about.isSuspect ? 0 : now + TRUST_MS;
  }

  async function ask(about: Known, connection: ServerConnection): Promise<void> {
    try {
      const result = await connection.request("account/rateLimits/read", {}, { timeoutMs: READ_MS });
      take(about, readAccountLimits(result));
    } catch (error) {
      // Any other refusal may hold for the moment only. Its text has the service's answer, so it is not logged.
      if (error instanceof RpcError && error.code === NO_LIMITS) about.hasNone = true;
    } finally {
      about.reading = undefined;
    }
  }

  async function read(about: Known, turn: AccountTurn): Promise<void> {
    // A server that does not start is the turn's own failure.
    const lease = await turn.takeServer().catch(() => undefined);
    if (lease === undefined) return;
    about.reading ??= ask(about, lease.connection);
    await about.reading.finally(lease.release);
  }

  return {
    check: async (turn) => {
      if (turn === undefined) return;
      const { login, model, signal } = turn;
      if (known.login !== login) known = toUnknown(login);
      const about = known;
      if (!about.isSuspect || about.hasNone) return;
      const isFresh = (): boolean => about.answer !== undefined && clock() - about.answer.at < FRESH_MS;
      if (!isFresh()) await waitAtMost(Promise.race([read(about, turn), untilAborted(signal)]), WAIT_MS);
      signal.throwIfAborted();
      // Without an answer the turn itself shows whether the limit is reached.
      if (about.answer === undefined || !isFresh()) {
        about.isSuspect = false;
        return;
      }
      const now = clock();
      const reached = findReached(about.answer.limits, model, now);
      if (reached !== undefined) throw toLimitError(reached, now);
    },
    see: (turn, connection) => {
      // Threads with subagents have a server each: one answer is enough for those that start within a while.
      const isKnown = known.hasNone || clock() < known.trustedUntil;
      if (turn?.login !== known.login || seen.has(connection) || isKnown) return;
      seen.add(connection);
      known.reading ??= ask(known, connection);
    },
    hear: (method, params) => {
      if (method !== "account/rateLimits/updated" || clock() < known.trustedUntil) return;
      const limits = readRateLimits(params);
      if (limits !== undefined && looksReached(limits)) suspect(known);
    },
    learn: (turn, outcome) => {
      const hasMet = outcome.kind === "failed" && outcome.error.code === "USAGE_LIMIT";
      if (hasMet && turn?.login === known.login) suspect(known);
      return outcome;
    },
  };
}

// What was answered before does not count any more.
function suspect(about: Known): void {
  about.isSuspect = true;
  about.answer = undefined;
}

function toUnknown(login: string): Known {
  return { login, isSuspect: false, hasNone: false, trustedUntil: 0, answer: undefined, reading: undefined };
}
