// Which threads may run on a server that terminals can open. Whoever reaches such a server can do on it what they like, so no thread runs there
// whose commands might reach it, or whose limits would not hold after a person has changed them in a terminal.
import type { TurnLaunch } from "../../codex/launch/turn-launch.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import { mayStartSubagents } from "./thread-load.ts";

/** Why no terminal can open the turn's thread: the end of "…, since …"; undefined if one may. */
export function whyNotAttachable(
  request: Pick<CodexTurnRequest, "frame" | "readsOnly">,
  launch: Pick<TurnLaunch, "answers" | "inputs">,
): string | undefined {
  const { sandbox, permissions } = request.frame;
  // What a second client means to a thread is known of no older one (docs/codex-cli.md#app-server-socket).
  if (!launch.answers.exec.letsGoOfThreads) return "this Codex CLI is older than 0.160";
  if (sandbox.mode === "danger-full-access") return "it has full access";
  if (sandbox.mode === "workspace-write" && sandbox.networkAccess) return "its commands have network access";
  if (permissions?.name !== undefined) return "a permission profile of Codex's applies to it";
  // The fence around such commands is gone once a person has given the thread full access (docs/codex-cli.md#app-server-socket).
  if (launch.answers.findEscapes().length > 0) return "a command rule of Codex's lets commands out of its sandbox";
  // It has a server to itself, which ends with what nobody but the bridge can have asked for.
  if (mayStartSubagents(request, launch)) return "the model may start subagents in it";
  return undefined;
}
