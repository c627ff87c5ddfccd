// Refuses a model or an effort that the account does not have, before a thread is made or continued with it.
import type { Clock } from "../../../domain/clock.ts";
import type { Logger } from "../../../domain/logger.ts";
import type { TurnLaunch } from "../../codex/launch/turn-launch.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import { waitAtMost } from "../../turn/wait-at-most.ts";
import { untilAborted } from "../server/gate.ts";
import type { ServerConnection, ServerLease } from "../server/server-types.ts";
import { findModelProblem, type ModelProblem, toModelError } from "./model-problem.ts";
import { type OfferedModels, readOfferedModels, usesApiKey } from "./offered-models.ts";

/** A server that is asked. */
export type UsedServer = Pick<ServerLease, "connection" | "release">;

/** Checks the models of turns. */
export interface ModelCheck {
  /**
   * Looks at what the call itself chooses. Throws MODEL_NOT_FOUND, or INVALID_ARGUMENT for an effort, if the account's own list does not have
   * it. Returns a warning if only the list that comes with Codex is known. Rejects as `takeServer`.
   */
  check(
    request: CodexTurnRequest,
    launch: TurnLaunch,
    takeServer: () => Promise<UsedServer>,
  ): Promise<string | undefined>;
}

interface Found {
  readonly problem: ModelProblem;
  readonly isOfAccount: boolean;
}

/** Options of the check. */
export interface ModelCheckOptions {
  readonly codexHome: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a turn waits for the list. Codex has it at hand, or asks the provider first. */
const WAIT_MS = 3_000;
/** Codex gives up earlier. */
const LIST_MS = 30_000;
/** A model that was missing is looked for again after this time. */
const AGAIN_MS = 30_000;

/** What one server has said. */
interface Asked {
  readonly at: number;
  /** Settles once `offered` is there, or is known not to come. */
  readonly answered: Promise<unknown>;
  offered: OfferedModels | undefined;
}

/** Makes the check. */
export function createModelCheck({ codexHome, clock, logger }: ModelCheckOptions): ModelCheck {
  const servers = new WeakMap<ServerConnection, Asked>();

  function ask(connection: ServerConnection): Asked {
    const answer = readOfferedModels(connection, codexHome, { timeoutMs: LIST_MS }, clock);
    const answered = answer.then(
      (offered) => Object.assign(asked, { offered }),
      (error: unknown) => logger.warn({ err: error }, "the models of the account are not known"),
    );
    const asked: Asked = { at: clock(), answered, offered: undefined };
    servers.set(connection, asked);
    return asked;
  }

  async function judge(asked: Asked, { frame, chosen = [], signal }: CodexTurnRequest): Promise<Found | undefined> {
    await waitAtMost(Promise.race([asked.answered, untilAborted(signal)]), WAIT_MS);
    signal.throwIfAborted();
    const { offered } = asked;
    const problem = offered && findModelProblem(offered.models, frame, chosen);
    return problem && { problem, isOfAccount: offered.isOfAccount };
  }

  // A model may be new, so what is missing in an older list is looked for in a new one.
  async function find(request: CodexTurnRequest, connection: ServerConnection): Promise<Found | undefined> {
    const known = servers.get(connection);
    const found = await judge(known ?? ask(connection), request);
    const isOld = known !== undefined && clock() - known.at >= AGAIN_MS;
    return isOld && (found !== undefined || known.offered === undefined) ? judge(ask(connection), request) : found;
  }

  return {
    check: async (request, launch, takeServer) => {
      if ((request.chosen ?? []).length === 0 || !usesLogin(request, launch)) return undefined;
      const { connection, release } = await takeServer();
      try {
        const found = await find(request, connection);
        if (found === undefined) return undefined;
        if (found.isOfAccount) throw toModelError(found.problem);
        // With an API key any model may work, whether Codex knows it or not.
        return (await usesApiKey(connection, WAIT_MS)) ? undefined : describeUnsure(found.problem);
      } finally {
        release();
      }
    },
  };
}

// Of other providers Codex knows no models: it lists those of OpenAI all the same (docs/codex-cli.md#models).
function usesLogin({ frame }: CodexTurnRequest, { inputs, credential }: TurnLaunch): boolean {
  const isOther = frame.config["model_provider"] !== undefined;
  return inputs.config.provider.needsOpenAiLogin && credential === "codex login" && !isOther;
}

function describeUnsure({ argument, supported }: ModelProblem): string {
  return `The list of models that comes with Codex does not have this ${argument} (${supported.join(", ")}). The account's own list could not be fetched.`;
}
