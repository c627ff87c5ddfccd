// Which turns use the account of Codex's login, and with which model.
import { existsSync } from "node:fs";
import { MANAGED_CONFIG } from "../../codex/config/credentials.ts";
import type { TurnLaunch } from "../../codex/launch/turn-launch.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import type { ServerKeeper, ServerLaunch, ServerLease } from "../server/server-types.ts";
import { toProvider } from "../thread/thread-load.ts";

/** A turn that uses the account. */
export interface AccountTurn {
  /** Changes when another login may count. */
  readonly login: string;
  /** undefined for the default model. */
  readonly model: string | undefined;
  readonly signal: AbortSignal;
  takeServer(): Promise<ServerLease>;
}

/**
 * The account's part of a turn; undefined if it is not sure that the turn runs on the usage of the login. Another provider has limits of its
 * own, and Codex tells those of the login all the same (docs/codex-cli.md#usage-limits).
 */
export function toAccountTurn(
  { frame, signal }: Pick<CodexTurnRequest, "frame" | "signal">,
  launch: TurnLaunch,
  { keeper, server }: { readonly keeper: Pick<ServerKeeper, "take">; readonly server: ServerLaunch },
): AccountTurn | undefined {
  const { provider, model } = launch.inputs.config;
  const usesLogin = provider.hasLoginLimits && launch.credential === "codex login";
  // The machine's config may also move the provider to another address.
  if (!usesLogin || existsSync(MANAGED_CONFIG)) return undefined;
  if (toProvider(frame, launch.inputs.config) !== provider.id) return undefined;
  return { login: server.stamp, model: frame.model ?? model, signal, takeServer: () => keeper.take(server, signal) };
}
