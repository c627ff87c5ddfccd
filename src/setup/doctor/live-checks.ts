// Starts the server as Claude Code would, asks for its tools and, on request, makes one real turn.
import { toShellWords } from "../../domain/shell-words.ts";
import { type BridgeClient, connectClient, type ServerCommand } from "../../mcp/client.ts";
import { after, type Needs } from "./after.ts";
import { type Finding, failed, ok, skipped } from "./check.ts";

/** Results of the live checks. */
export interface LiveFindings {
  readonly server: Finding;
  /** Undefined if no turn was requested. */
  readonly turn: Finding | undefined;
}

const PROMPT = "Reply with the single word OK.";

/** Whether to make a turn, and the checks that have to pass first. */
export interface TurnWish {
  readonly isTurn: boolean;
  readonly needs: Needs;
}

/** Makes a handshake and, on request, one turn in the read-only sandbox. */
export async function checkLive(
  command: ServerCommand,
  version: string,
  { isTurn, needs }: TurnWish = { isTurn: false, needs: {} },
): Promise<LiveFindings> {
  const start = performance.now();
  let client: BridgeClient;
  try {
    client = await connectClient(command, version);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const words = toShellWords([command.command, ...command.args]);
    return {
      server: failed(`no handshake: ${reason.slice(0, 200)}`, `Run it yourself to see why: ${words}`),
      turn: isTurn ? skipped("the server does not start") : undefined,
    };
  }
  try {
    const took = Math.round(performance.now() - start);
    const server = ok(`answers in ${took} ms with ${client.toolNames.join(", ")}`);
    return { server, turn: isTurn ? await after(needs, () => checkTurn(client))() : undefined };
  } finally {
    await client.close();
  }
}

async function checkTurn(client: BridgeClient): Promise<Finding> {
  const { isError, text, structured } = await client.call("codex", { prompt: PROMPT, sandbox: "read-only" }, () => {});
  if (isError) return failed(text.split("\n").join(" "), "Do what the message says, then run doctor --turn again.");
  const answer = JSON.stringify(text.slice(0, 60));
  return ok(`Codex answered ${answer} in ${Number(structured["durationMs"])} ms`);
}
