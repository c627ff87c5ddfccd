// A turn of the app server that is interrupted as it starts: Codex refuses that in the first milliseconds of a turn.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { READ_ONLY } from "../../src/domain/sandbox.ts";
import type { TurnRequest } from "../../src/domain/turn.ts";
import { openAppServer } from "../support/codex-backends.ts";
import { CLI, createLab, type Lab, until } from "../support/lab.ts";

let lab: Lab;
beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.close());

const ask = (prompt: string, onEvent: TurnRequest["onEvent"] = () => {}): TurnRequest => ({
  prompt,
  frame: { cwd: lab.project, sandbox: READ_ONLY, approvalPolicy: "never", own: {}, backend: "codex-app-server" },
  images: [],
  deadlineMs: 60_000,
  silenceMs: 60_000,
  quietMs: 60_000,
  onEvent,
  ask: async () => ({ kind: "timed out" }),
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.runIf(CLI.letsGoOfThreads)("a turn that is interrupted as it starts", () => {
  test("ends, also while the server goes on for another thread, and its thread takes the next turn", async () => {
    const backend = openAppServer(lab);
    const asked = (prompt: string): number =>
      lab.standIn.requests.filter(({ userTexts }) => userTexts.at(-1) === prompt).length;
    lab.respond(async ({ userTexts, signal }) => {
      const prompt = userTexts.at(-1);
      if (prompt === "hold") return { ending: "hang" };
      if (prompt?.startsWith("early") !== true) return { steps: [{ say: "hello" }] };
      await Promise.race([pause(150), new Promise((resolve) => signal.addEventListener("abort", resolve))]);
      return { steps: [{ run: "true" }] };
    });
    try {
      const other = backend.startTurn(ask("hold"));
      await until("the other thread works", () => asked("hold") === 1);
      const { report } = await backend.startTurn(ask("first")).outcome;
      const threadId = report.threadId ?? "";
      for (let afterMs = 0; afterMs <= 12; afterMs += 2) {
        const prompt = `early ${afterMs}`;
        const turn = backend.startTurn({
          ...ask(prompt, ({ kind }) => {
            if (kind === "thread") setTimeout(() => turn.interrupt(), afterMs);
          }),
          threadId,
        });
        expect(await turn.outcome).toMatchObject({ kind: "interrupted" });
        const requests = asked(prompt);
        await pause(500);
        expect(asked(prompt)).toBe(requests);
      }
      expect(await backend.startTurn({ ...ask("next"), threadId }).outcome).toMatchObject({ kind: "completed" });
      other.interrupt();
      await other.outcome;
    } finally {
      await backend.close();
    }
  });
});
