// Launches with which no app server starts, or with which it keeps crashing. They are not tried again for a while: each try costs a turn the
// time of a start, and one that hangs takes 10 s.
import { BridgeError } from "../../../domain/errors.ts";

/** A failure that turns may meet again and again. */
export interface Failure {
  readonly error: BridgeError;
  /** Whether the user has been told of it, which whoever tells sets. */
  wasTold: boolean;
}

/** There is no server for a turn, and nothing of the turn has run. */
export class NoServer extends BridgeError {
  /** The same for all who meet it while the launch is not tried. */
  readonly failure: Failure;

  constructor(failure: Failure) {
    const { error } = failure;
    super(error.code, error.message, { ...error.report, cause: error });
    this.name = "NoServer";
    this.failure = failure;
  }
}

/** The failed launches of a keeper. A launch is named by a key of all that can make it fail: the program, its config, its environment. */
export interface FailedLaunches {
  /** Why a launch is not to be tried now; undefined if it is. */
  find(key: string): NoServer | undefined;
  /** Takes note of a start that failed, and gives what to throw. An error that says nothing of the launch is given as it is. */
  add(key: string, thrown: unknown): unknown;
  /** Takes note of a server that ended without being asked to. */
  addCrash(key: string): void;
}

/** Options of failed launches. */
export interface FailedLaunchesOptions {
  /** Time for which a launch is not tried again, in ms. Within it a server may crash twice, and not a third time. */
  readonly retryMs: number;
  readonly clock: () => number;
}

const MOST_CRASHES = 3;

/**
 * These say nothing of the launch, or their next step is the same with `codex exec`, which even removes the user's login where the config
 * forbids API keys (docs/codex-cli.md#app-server-credentials).
 */
const OF_THE_CALL = ["CANCELLED", "AGENT_NOT_FOUND", "AGENT_UNAUTHENTICATED"];

interface Failed {
  readonly failure: Failure;
  readonly until: number;
}

/** Makes them. */
export function createFailedLaunches({ retryMs, clock }: FailedLaunchesOptions): FailedLaunches {
  const failed = new Map<string, Failed>();
  const crashes = new Map<string, number[]>();

  function put(key: string, error: BridgeError): Failure {
    const failure = { error, wasTold: false };
    failed.set(key, { failure, until: clock() + retryMs });
    return failure;
  }

  return {
    find: (key) => {
      const found = failed.get(key);
      if (found === undefined) return undefined;
      if (clock() < found.until) return new NoServer(found.failure);
      failed.delete(key);
      return undefined;
    },
    add: (key, thrown) => {
      if (!(thrown instanceof BridgeError) || OF_THE_CALL.includes(thrown.code)) return thrown;
      return new NoServer(put(key, thrown));
    },
    addCrash: (key) => {
      const times = [...(crashes.get(key) ?? []).filter((time) => clock() - time < retryMs), clock()];
      crashes.set(key, times);
      if (times.length < MOST_CRASHES) return;
      crashes.delete(key);
      put(key, new BridgeError("AGENT_BROKEN", `Codex's app server has crashed ${times.length} times within minutes.`));
    },
  };
}
