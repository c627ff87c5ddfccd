// What a person sees while a turn runs on the app server.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { CLI, type Respond } from "../support/lab.ts";

test.override("bridgeOptions", { env: { BRIDGE_BACKEND: "app-server" } });

/** Runs the commands one after another, then says something. */
const runAll =
  (...commands: string[]): Respond =>
  (request) => {
    const run = commands[request.toolOutputs.length];
    // Notifications are at least 550 ms apart, so a quicker one would hide the one before.
    return run === undefined ? { steps: [{ say: "done" }], delayMs: 700 } : { steps: [{ run }], delayMs: 700 };
  };

test.runIf(CLI.letsGoOfThreads)(
  "what is read and searched, and a command's time and newest line",
  async ({ lab, bridge }) => {
    writeFileSync(join(lab.project, "a.txt"), "a\n");
    lab.respond(
      runAll("cat a.txt", "grep -rn a src; true", "for i in 1 2 3 4; do echo $i tests passed; sleep 0.6; done"),
    );
    const told: string[] = [];
    await bridge.call("codex", { prompt: "x" }, { onProgress: (message) => told.push(message) });
    expect(told[0]).toBe("Starting Codex");
    expect(told).toContain("Read a.txt");
    expect(told.join("\n")).toMatch(/Running for [12] s: for i in .* \| [234] tests passed/);
    expect(told.join("\n")).toMatch(/Ran in [23] s: for i/);
  },
);
