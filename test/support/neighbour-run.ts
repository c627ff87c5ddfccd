// Many bridges on one project, CODEX_HOME and state folder, each with its turns one after the other; some are ended in the middle of one.
// What happens is drawn from a seed; when it happens is the machine's.
import type { StartServer } from "./fixture.ts";
import { type Lab, until } from "./lab.ts";
import { type Message, type StdioBridge, shakeHands } from "./stdio-bridge.ts";

export interface NeighbourPlan {
  readonly lab: Lab;
  readonly startServer: StartServer;
  readonly bridges: number;
  /** Turns of each bridge. */
  readonly turns: number;
  readonly seed: number;
}

/** What became of the calls. */
export interface NeighbourReport {
  /** Prompts that were answered, by thread, in order. */
  readonly answered: ReadonlyMap<string, readonly string[]>;
  /** Calls that a neighbour's turn was in the way of. */
  readonly busy: number;
  /** Calls whose bridge was ended before it answered, by the way it was ended. */
  readonly killed: Readonly<Record<string, number>>;
  /** Names of threads whose first turn was among these. */
  readonly killedNames: readonly string[];
  /** Everything else: there should be nothing. */
  readonly unexpected: readonly string[];
}

const ENDS: Record<string, (bridge: StdioBridge) => void> = {
  SIGKILL: (bridge) => void bridge.process.kill("SIGKILL"),
  SIGINT: (bridge) => void bridge.process.kill("SIGINT"),
  "stdin closed": (bridge) => void bridge.process.stdin?.end(),
};
const SHARED_THREADS = 3;
const KILL_SHARE = 0.4;
const LATEST_KILL_MS = 1_000;
const ANSWER_LIMIT_MS = 120_000;

interface Call {
  readonly tool: "codex" | "codex-reply";
  readonly args: Record<string, string>;
}

/** Runs all of it; every bridge has ended afterwards. */
export async function runNeighbours(plan: NeighbourPlan): Promise<NeighbourReport> {
  return new NeighbourRun(plan).run();
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function createDraw(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class NeighbourRun {
  readonly #plan: NeighbourPlan;
  readonly #answered = new Map<string, string[]>();
  readonly #killed: Record<string, number> = {};
  readonly #killedNames: string[] = [];
  readonly #unexpected: string[] = [];
  readonly #shared: string[] = [];
  #busy = 0;

  constructor(plan: NeighbourPlan) {
    this.#plan = plan;
  }

  async run(): Promise<NeighbourReport> {
    const first = await this.#startBridge();
    for (let at = 0; at < SHARED_THREADS; at += 1) {
      const args = { prompt: `PROMPT-shared-${at}.` };
      this.#shared.push(await this.#call(first, at, { tool: "codex", args }, undefined));
    }
    await this.#end(first);
    const { bridges, seed } = this.#plan;
    await Promise.all(Array.from({ length: bridges }, (_, at) => this.#runBridge(at, createDraw(seed * 1_000 + at))));
    return {
      answered: this.#answered,
      busy: this.#busy,
      killed: this.#killed,
      killedNames: this.#killedNames,
      unexpected: this.#unexpected,
    };
  }

  async #runBridge(at: number, draw: () => number): Promise<void> {
    const own: string[] = [];
    let bridge: StdioBridge | undefined;
    for (let turn = 0; turn < this.#plan.turns; turn += 1) {
      bridge ??= await this.#startBridge();
      const call = this.#drawCall(`${at}-${turn}`, own, draw);
      const end = draw() < KILL_SHARE ? pick(Object.keys(ENDS), draw) : undefined;
      const kill = end === undefined ? undefined : { end, afterMs: draw() * LATEST_KILL_MS };
      const threadId = await this.#call(bridge, turn, call, kill);
      if (threadId !== "" && call.tool === "codex") own.push(threadId);
      if (end !== undefined) bridge = undefined;
    }
    if (bridge !== undefined) await this.#end(bridge);
  }

  #drawCall(id: string, own: readonly string[], draw: () => number): Call {
    const prompt = `PROMPT-${id}.`;
    const kind = draw();
    if (kind < 0.5) return { tool: "codex-reply", args: { prompt, threadId: pick(this.#shared, draw) } };
    if (kind < 0.8 && own.length > 0) return { tool: "codex-reply", args: { prompt, threadId: pick(own, draw) } };
    return { tool: "codex", args: draw() < 0.5 ? { prompt } : { prompt, sessionId: `name-${id}` } };
  }

  // Gives the thread of an answered call, else "".
  async #call(
    bridge: StdioBridge,
    id: number,
    { tool, args }: Call,
    kill: { end: string; afterMs: number } | undefined,
  ): Promise<string> {
    bridge.call(id, tool, args);
    const found = (): Message | undefined =>
      bridge.messages.find((message) => message.id === id && message.method === undefined);
    let hasExited = false;
    void bridge.exited.then(() => {
      hasExited = true;
    });
    if (kill !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, kill.afterMs));
      ENDS[kill.end]?.(bridge);
      await bridge.exited;
    }
    const what = `${tool} ${JSON.stringify(args)}`;
    await until(`an answer to ${what}`, () => found() !== undefined || hasExited, ANSWER_LIMIT_MS);
    const message = found();
    // A bridge that has the time to end its turn may still say so.
    const isCut = kill !== undefined && JSON.stringify(message?.result ?? {}).includes("[CANCELLED]");
    if (message !== undefined && !isCut) return this.#judge(message, what, args["prompt"] ?? "");
    if (kill === undefined) this.#unexpected.push(`${what}: its bridge has gone: ${bridge.stderr()}`);
    else this.#killed[kill.end] = (this.#killed[kill.end] ?? 0) + 1;
    if (args["sessionId"] !== undefined) this.#killedNames.push(args["sessionId"]);
    return "";
  }

  #judge({ result = {}, error }: Message, what: string, prompt: string): string {
    const structured = (result["structuredContent"] ?? {}) as Record<string, unknown>;
    const text = JSON.stringify(error ?? result["content"]);
    if (result["isError"] !== true && structured["content"] === `answer to ${prompt}`) {
      const threadId = String(structured["threadId"]);
      this.#answered.set(threadId, [...(this.#answered.get(threadId) ?? []), prompt]);
      return threadId;
    }
    // Codex's own words would mean that a dead bridge's Codex is still at work.
    if (text.includes("[SESSION_BUSY] Another bridge runs a turn")) this.#busy += 1;
    else this.#unexpected.push(`${what}: ${text}`);
    return "";
  }

  async #startBridge(): Promise<StdioBridge> {
    const { lab } = this.#plan;
    const bridge = this.#plan.startServer({ env: lab.env, cwd: lab.project });
    await shakeHands(bridge);
    return bridge;
  }

  async #end(bridge: StdioBridge): Promise<void> {
    bridge.process.stdin?.end();
    await bridge.exited;
  }
}

function pick<Value>(values: readonly Value[], draw: () => number): Value {
  return values[Math.floor(draw() * values.length)] as Value;
}
