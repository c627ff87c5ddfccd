// The server itself: started as Claude Code would start it, asked for its tools, and, when wanted, for one real turn.
import { toShellWords } from "../../domain/shell-words.ts";
import { type BridgeClient, connectClient, type ServerCommand } from "../../mcp/client.ts";
import { after, type Needs } from "./after.ts";
import { type Finding, failed, ok, skipped } from "./check.ts";

/** What the live checks found. */
export interface LiveFindings {
  readonly server: Finding;
  /** Absent where no turn was asked for. */
  readonly turn: Finding | undefined;
}

const PROMPT = "Reply with the single word OK.";

/** Whether a turn is made, and what has to be well before one is tried. */
export interface TurnWish {
  readonly isTurn: boolean;
  readonly needs: Needs;
}

/** One handshake, and where it is wanted one turn in the read-only sandbox. */
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
    return { server, turn: isTurn ? await after(needs, () => checkTurn(client)) : undefined };
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
