// Shows the programs that outlive a session on purpose.
import { countOf } from "../../domain/count-of.ts";
import { type LiveRunner, listRunners, type RunnerView } from "../../runner/live-runners.ts";
import { type Finding, ok } from "./check.ts";
import type { DoctorSettings } from "./options.ts";

/** Names the runners that live, with their jobs, and the command that ends them in `cwd`. They are no fault: the user has asked for them. */
export function checkRunners({ jobsMode }: Pick<DoctorSettings, "jobsMode">, view: RunnerView, cwd: string): Finding {
  const mode =
    jobsMode === "outlive" ? "jobs outlive their session (BRIDGE_JOBS=outlive)" : "jobs end with their session";
  const runners = listRunners(view);
  if (runners.length === 0) return ok(`${mode}; no runner lives`);
  return ok(`${mode}; ${runners.map(describe).join("; ")}. ${describeStop(runners, cwd)}`);
}

function describeStop(runners: readonly LiveRunner[], cwd: string): string {
  const here = runners.filter(({ stored }) => stored.cwd === cwd).length;
  const many = runners.length > 1;
  if (here === runners.length) return `\`codex-bridge jobs --stop\` ends ${many ? "them" : "it"}`;
  const all = `\`codex-bridge jobs --stop --all\` ends ${many ? "all of them" : "it"}`;
  return here === 0 ? all : `\`codex-bridge jobs --stop\` ends what runs for this directory, ${all}`;
}

function describe({ stored: { pid, cwd }, jobs }: LiveRunner): string {
  const ids = jobs.length === 0 ? "" : `: ${jobs.map(({ id }) => id).join(", ")}`;
  return `the runner of ${cwd} (pid ${pid}) has ${countOf(jobs.length, "job")}${ids}`;
}
