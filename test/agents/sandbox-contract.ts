// What every backend promises of a command that runs in the agent's own sandbox without a model. A backend's own suite calls `sandboxContractOf`.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import { READ_ONLY, type SandboxPolicy } from "../../src/domain/sandbox.ts";
import type { CommandEnd, SandboxedCommand } from "../../src/domain/sandboxed-command.ts";

/** A backend, and where its commands run. */
export interface SandboxStage {
  readonly backend: AgentBackend;
  /** A directory to work in, without links. */
  readonly cwd: string;
  /** A directory beside it, which no sandbox here lets a command write. */
  readonly outside: string;
  /** Processes that belong to commands and are alive. */
  listRunning(): readonly unknown[];
  close(): Promise<void>;
}

/** A limit that no command here reaches unless it is meant to. */
const LONG_MS = 60_000;
const WRITES: SandboxPolicy = {
  ...{ mode: "workspace-write", networkAccess: false, writableRoots: [] },
  ...{ excludeTmpdir: true, excludeSlashTmp: true },
};

type Asked = Partial<Omit<SandboxedCommand, "command">> & { readonly sandbox?: SandboxPolicy };

function run({ backend, cwd }: SandboxStage, command: string, asked: Asked = {}): Promise<CommandEnd> {
  const { sandbox = WRITES, ...rest } = asked;
  const frame = { cwd, sandbox, approvalPolicy: "never", own: {}, backend: backend.name } as const;
  const { signal } = new AbortController();
  return backend.runInSandbox({ command, frame, timeoutMs: LONG_MS, onLine: () => {}, signal, ...rest });
}

const PROMISES: Readonly<Record<string, (stage: SandboxStage) => Promise<void>>> = {
  "it tells its exit code and its output in order, line by line": async (stage) => {
    const lines: string[] = [];
    const end = await run(stage, "echo one; echo two >&2; exit 3", { onLine: (line) => lines.push(line) });
    expect(end).toMatchObject({ exitCode: 3, timedOut: false, output: "one\ntwo", isCut: false, warnings: [] });
    expect(lines).toEqual(["one", "two"]);
    expect(end.durationMs).toBeGreaterThan(0);
  },
  "one that a signal ends has 128 and its number": async (stage) => {
    expect(await run(stage, "kill -9 $$")).toMatchObject({ exitCode: 137, timedOut: false });
  },
  "at its time limit it ends with everything that it started": async (stage) => {
    const end = await run(stage, "echo begun; setsid sleep 300 & sleep 300", { timeoutMs: 1_500 });
    expect(end).toMatchObject({ exitCode: undefined, timedOut: true, output: "begun" });
    expect(stage.listRunning()).toEqual([]);
  },
  "what it puts into the background does not outlive it": async (stage) => {
    const end = await run(stage, "sleep 300 & setsid sleep 300 & echo done");
    expect(end).toMatchObject({ exitCode: 0, output: "done" });
    expect(stage.listRunning()).toEqual([]);
  },
  "of a long output it gives the end, and says so": async (stage) => {
    const { output, isCut } = await run(stage, "seq 1 60000");
    expect(isCut).toBe(true);
    expect(output.length).toBeLessThan(200_000);
    expect(output).toMatch(/\n59999\n60000$/);
  },
  "a cancel ends it with everything that it started": async (stage) => {
    const stop = new AbortController();
    const onLine = (line: string) => (line === "begun" ? stop.abort() : undefined);
    const end = run(stage, "setsid sleep 300 & echo begun; sleep 300", { signal: stop.signal, onLine });
    await expect(end).rejects.toMatchObject({ code: "CANCELLED" });
    expect(stage.listRunning()).toEqual([]);
  },
  "the end of the backend ends it too": async (stage) => {
    const onLine = (line: string) => void (line === "begun" && stage.backend.close());
    const end = run(stage, "echo begun; setsid sleep 300", { onLine });
    await expect(end).rejects.toMatchObject({ code: "CANCELLED" });
    await stage.backend.close();
    expect(stage.listRunning()).toEqual([]);
  },
  "it writes where its frame allows it, and nowhere else": async (stage) => {
    const elsewhere = join(stage.outside, "x");
    const { output } = await run(stage, `echo 1 > x; (echo 1 > '${elsewhere}') 2>/dev/null || echo held`);
    expect([output, readFileSync(join(stage.cwd, "x"), "utf8"), existsSync(elsewhere)]).toEqual(["held", "1\n", false]);
    const read = await run(stage, "(echo 2 > y) 2>/dev/null || cat x", { sandbox: READ_ONLY });
    expect([read.output, existsSync(join(stage.cwd, "y"))]).toEqual(["1", false]);
  },
};

/** Registers a test for each promise; each gets a stage of its own. */
export function sandboxContractOf(name: string, open: () => Promise<SandboxStage>): void {
  describe(`${name} keeps the contract of a command in its sandbox:`, () => {
    test.each(Object.entries(PROMISES))("%s", async (_, check) => {
      const stage = await open();
      try {
        await check(stage);
      } finally {
        await stage.backend.close();
        await stage.close();
      }
    });
  });
}
