// Situations of a turn, and ways in which the server can end: the rows of the exit matrices.
import type { MarkedProcesses } from "../support/fixture.ts";
import { type Lab, type Respond, runThenSay, until } from "../support/lab.ts";
import type { StdioBridge } from "../support/stdio-bridge.ts";

/** Where a case begins. */
export interface Situation {
  readonly respond: Respond;
  readonly sandbox: string;
  /** Whether the turn is where the case wants it, seen from the marked processes. */
  readonly isReached: (commands: readonly string[]) => boolean;
}

/** Commands of ours that sleep. */
export const countSleeps = (commands: readonly string[]): number =>
  commands.filter((command) => command.startsWith("sleep 3")).length;

export const SITUATIONS = {
  "model hanging": { respond: () => ({ ending: "hang" }), sandbox: "read-only", isReached: () => true },
  "shell command running": {
    respond: runThenSay("sleep 301"),
    sandbox: "read-only",
    isReached: (commands) => commands.some((command) => command.includes("sleep 301")),
  },
  "background and setsid children, full access": {
    respond: runThenSay("sleep 302 & setsid sleep 303 & setsid sh -c 'sleep 304 & exit' ; sleep 305"),
    sandbox: "danger-full-access",
    isReached: (commands) => countSleeps(commands) >= 4,
  },
} satisfies Record<string, Situation>;

/** A way in which a server ends. */
export type End = (bridge: StdioBridge) => Promise<void>;
export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
export const cancel = (bridge: StdioBridge, requestId: number) =>
  bridge.send({ method: "notifications/cancelled", params: { requestId, reason: "test" } });
export const signal =
  (name: NodeJS.Signals): End =>
  async (bridge) => {
    bridge.process.kill(name);
  };

/** Ends after which the server is gone, with exit code 0. */
export const SERVER_ENDS: Record<string, End> = {
  EOF: async (bridge) => {
    bridge.process.stdin?.end();
  },
  SIGINT: signal("SIGINT"),
  SIGTERM: signal("SIGTERM"),
  SIGHUP: signal("SIGHUP"),
  "SIGINT, SIGTERM, SIGKILL as Claude Code sends them": async (bridge) => {
    bridge.process.kill("SIGINT");
    await Promise.race([wait(100), bridge.exited]);
    bridge.process.kill("SIGTERM");
    await Promise.race([wait(390), bridge.exited]);
    bridge.process.kill("SIGKILL");
  },
};

/** Waits until the situation of a turn is there. */
export async function reach(lab: Lab, processes: MarkedProcesses, situation: Situation): Promise<void> {
  await until("the model is asked", () => lab.standIn.requests.length > 0);
  await until("the situation is reached", () => situation.isReached(processes.list().map(({ command }) => command)));
}
