// `codex-bridge jobs --stop`: ends the runners of a directory, with all their jobs.
import type { Machine } from "../app/machine.ts";
import { countOf } from "../domain/count-of.ts";
import { BridgeError } from "../domain/errors.ts";
import { findMachineLimit } from "../domain/machine-limits.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import { type LiveRunner, listRunners, stopRunner } from "../runner/live-runners.ts";
import { ringBell } from "../state/bridge-bell.ts";
import type { JobFiles } from "../state/job-files.ts";
import { toFileErrorCode } from "../state/private-files.ts";
import { createRunnerFiles } from "../state/runner-files.ts";

/** What the runners are found with. */
export interface StopOptions {
  readonly stateDir: string;
  /** Directory whose runners are ended; undefined ends all. */
  readonly project: string | undefined;
  readonly jobFiles: JobFiles;
  readonly machine: Machine;
  readonly isJson: boolean;
  readonly print: Print;
}

/** Ends them. Resolves with 0, or 1 if one has not ended. */
export async function stopRunners(options: StopOptions): Promise<number> {
  const { stateDir, project, jobFiles, machine, isJson, print } = options;
  const view = { files: createRunnerFiles(stateDir), jobFiles, judge: machine.judgeHolder };
  const ring = (bell: string): Promise<unknown> => ringBell(stateDir, bell);
  const stop = async (runner: LiveRunner): Promise<Stopped> => {
    try {
      return { ...runner, hasEnded: await stopRunner(runner, view, ring) };
    } catch (error) {
      throw describeFailure(error, runner);
    }
  };
  const stopped = await Promise.all(listRunners(view, project).map(stop));
  if (isJson) print(JSON.stringify(stopped.map(toShown), null, 2));
  else if (stopped.length === 0)
    print(project === undefined ? "No runners." : "No runner of this directory; --all ends those of every project.");
  else for (const runner of stopped) print(describe(runner));
  return stopped.every(({ hasEnded }) => hasEnded) ? 0 : 1;
}

type Stopped = LiveRunner & { readonly hasEnded: boolean };

function toShown({ stored: { bell: id, pid, cwd, since }, jobs, hasEnded }: Stopped) {
  return { id, pid, cwd, since, jobs, hasEnded };
}

// A request to a runner is a file. SIGTERM needs none, and a runner that gets it ends its jobs too.
function describeFailure(error: unknown, { stored }: LiveRunner): unknown {
  const limit = findMachineLimit(error);
  const code = toFileErrorCode(error);
  if (limit === undefined && code === undefined) return error;
  const cause = limit ?? `the state folder cannot be written (${String(code)})`;
  const way = limit === undefined ? "Make it writable" : "Free what has run out";
  return new BridgeError(
    limit === undefined ? "CONFIG_INVALID" : "MACHINE_LIMIT",
    `Cannot ask ${toName(stored)} to end: ${cause}. ${way} and try again, or run kill ${stored.pid}.`,
    { cause: error },
  );
}

function toName({ pid, cwd }: LiveRunner["stored"]): string {
  return `the runner of ${toPrintableLine(cwd)} (pid ${pid})`;
}

function describe({ stored, jobs, hasEnded }: Stopped): string {
  const name = toName(stored);
  const ids = jobs.map(({ id }) => id).join(", ");
  const its = jobs.length === 0 ? "no job" : `${countOf(jobs.length, "job")}: ${ids}`;
  return hasEnded
    ? `Ended ${name}; it had ${its}.`
    : `Asked ${name} to end, which it has not done yet. It may be suspended, and ends when it goes on. It has ${its}.`;
}
