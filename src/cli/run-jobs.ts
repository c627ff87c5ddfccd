// `codex-bridge run-jobs`: the runner of background jobs. A bridge with BRIDGE_JOBS=outlive starts it; it is no command for a person.
import { createApp } from "../app/app.ts";
import { serveRunner } from "../runner/run-runner.ts";
import type { BridgeStart } from "./bridge-start.ts";
import { keepHeapSmall } from "./heap.ts";
import { installLifecycle } from "./lifecycle.ts";

/** Nobody sends SIGKILL soon, and there may be many jobs. */
const BUDGET_MS = 5_000;

/** Runs until the bridge is gone and no job is left, or until a signal. Resolves with the exit code. */
export function runRunner({ logger, ...start }: BridgeStart): Promise<number> {
  keepHeapSmall();
  let app: ReturnType<typeof createApp> | undefined;
  return new Promise((resolve) => {
    const close = async (): Promise<void> => {
      await app?.close();
      // It is on record as long as anything of it runs: `jobs --stop` waits for that, and doctor names it.
      runner.close();
    };
    // It belongs to no parent.
    const own = { ppid: process.pid, on: process.on.bind(process) };
    const lifecycle = installLifecycle({ process: own, close, exit: resolve, logger, budgetMs: BUDGET_MS });
    const runner = serveRunner({
      input: process.stdin,
      output: process.stdout,
      open: async (codexFlags) => {
        app = createApp({ ...start, logger, codexFlags, isRunner: true });
        return app.openRunner();
      },
      onIdle: lifecycle.trigger,
      logger,
    });
  });
}
