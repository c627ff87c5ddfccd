// A turn of the app server that is interrupted as it starts: Codex refuses that in the first milliseconds of a turn.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findRollout } from "../../src/agents/codex/rollouts/rollout-files.ts";
import type { TurnRequest } from "../../src/domain/turn.ts";
import { openAppServer } from "../support/codex-backends.ts";
import { CLI, createLab, type Lab, NATIVE_CODEX, until } from "../support/lab.ts";
import { countAsked } from "../support/prompted-model.ts";
import { findMarked } from "../support/stdio-bridge.ts";
import { toTurnRequest } from "../support/turn-request.ts";

let lab: Lab;
beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.close());

const ask = (prompt: string, onEvent: TurnRequest["onEvent"] = () => {}): TurnRequest =>
  toTurnRequest(lab, prompt, { onEvent });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.runIf(CLI.letsGoOfThreads)("a turn that is interrupted as it starts", () => {
  test("ends, also while the server goes on for another thread, and its thread takes the next turn", async () => {
    const backend = openAppServer(lab);
    const asked = (prompt: string): number => countAsked(lab, prompt);
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

  test("whose server does not end it has its server ended; the other turn fails with its thread, and both go on", async () => {
    // A CLI whose app server never hears of an interruption.
    const deaf = join(lab.root, "codex-deaf");
    const drop = `grep --line-buffered -v '"turn/interrupt"'`;
    const script = `#!/bin/bash\nfor a; do if [ "$a" = app-server ]; then ${drop} | ${NATIVE_CODEX} "$@"; exit; fi; done\nexec ${NATIVE_CODEX} "$@"\n`;
    writeFileSync(deaf, script, { mode: 0o755 });
    const backend = openAppServer(lab, deaf);
    lab.respond(({ userTexts }) => (userTexts.at(-1) === "go on" ? { steps: [{ say: "hello" }] } : { ending: "hang" }));
    try {
      const other = backend.startTurn(ask("other"));
      const turn = backend.startTurn(ask("work"));
      await until("both work", () => lab.standIn.requests.length === 2);
      turn.interrupt();
      const { kind, report } = await turn.outcome;
      expect(kind).toBe("interrupted");
      const lost = await other.outcome;
      expect(lost).toMatchObject({ kind: "failed", error: { code: "AGENT_EXITED" } });
      expect(
        findMarked(`CODEX_HOME=${lab.codexHome}`).filter(({ command }) => /codex .*app-server/.test(command)),
      ).toEqual([]);
      for (const { threadId } of [report, lost.report]) {
        expect(await backend.startTurn({ ...ask("go on"), threadId }).outcome).toMatchObject({ kind: "completed" });
      }
    } finally {
      await backend.close();
    }
  });
});

test.runIf(CLI.letsGoOfThreads)(
  "approvals are a person's, also where the user's config names a model for them",
  async () => {
    lab.writeConfig({ top: 'approvals_reviewer = "auto_review"\n' });
    lab.respond(() => ({ steps: [{ say: "hello" }] }));
    const backend = openAppServer(lab);
    try {
      const { frame, ...request } = ask("x");
      const { kind, report } = await backend.startTurn({
        ...request,
        frame: { ...frame, approvalPolicy: "on-request" },
      }).outcome;
      expect(kind).toBe("completed");
      const rollout = readFileSync(findRollout(lab.codexHome, report.threadId ?? "") ?? "", "utf8");
      expect(rollout).toContain('"approvals_reviewer":"user"');
      expect(rollout).not.toContain('"approvals_reviewer":"auto_review"');
    } finally {
      await backend.close();
    }
  },
);
