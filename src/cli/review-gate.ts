// The review gate on Claude Code's Stop: Codex reviews the uncommitted changes, and serious findings keep Claude at work. Whatever goes wrong,
// Claude may stop: a gate that holds a session back because of a quota or a network is worse than none.
import * as z from "zod";
import { type App, createApp } from "../app/app.ts";
import { isBelowAgent } from "../process/nested.ts";
import { type GateReview, type HookAnswer, sayUnfinished, toGateAnswer } from "../setup/hooks/gate-answer.ts";
import { findGateFolder } from "../setup/hooks/gate-folder.ts";
import { createGateRuns, type GateRuns } from "../state/gate-runs.ts";
import { listenForSignals } from "./end-signals.ts";
import { findHookProject } from "./hook-project.ts";
import { OWN_PATH } from "./own-paths.ts";
import { prepareRegisteredBridge } from "./registered-bridge.ts";

declare const __BRIDGE_VERSION__: string;

const PayloadSchema = z.object({
  session_id: z.string().min(1),
  cwd: z.string().optional(),
  stop_hook_active: z.boolean(),
  /** What still works in the background: its changes are not whole yet. */
  background_tasks: z.array(z.unknown()).default([]),
});
type Payload = z.infer<typeof PayloadSchema>;

/** The hook's `timeout` is 300 s. What runs then must have been ended. */
const DEADLINE_MS = 280_000;
/** How often to look whether Claude Code is still there. */
const PARENT_MS = 1_000;

/** Answers Claude Code's Stop: nothing, a line for the person, or a block with the findings. Throws for a payload that is not one. */
export async function answerStop(payload: unknown): Promise<HookAnswer> {
  const stop = PayloadSchema.parse(payload);
  if (stop.background_tasks.length > 0 || isBelowAgent()) return {};
  const ends = listenForSignals();
  const isOver = AbortSignal.any([ends.signal, AbortSignal.timeout(DEADLINE_MS), followParent()]);
  try {
    return await runGate(stop, isOver);
  } finally {
    ends.end();
  }
}

// With Claude Code gone nobody reads the answer. Its end is no signal for a child.
function followParent(): AbortSignal {
  const gone = new AbortController();
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) gone.abort();
  }, PARENT_MS).unref();
  return gone.signal;
}

async function runGate(stop: Payload, signal: AbortSignal): Promise<HookAnswer> {
  const { app, cwd, runs } = openGate(stop);
  try {
    if (!stop.stop_hook_active) runs.beginTurn(stop.session_id);
    const state = await app.nameReviewState(cwd, signal);
    if (state === undefined || signal.aborted || !runs.claim(stop.session_id, state)) return {};
    const review = await runReview(app, cwd, signal);
    if (signal.aborted) return sayUnfinished("it was stopped, or took too long");
    if (review.isWhole) runs.settle(state);
    return toGateAnswer(review);
  } finally {
    await app.close();
  }
}

interface Gate {
  readonly app: App;
  readonly cwd: string;
  readonly runs: GateRuns;
}

// With the settings of the bridge that is registered here.
function openGate(stop: Payload): Gate {
  process.chdir(findHookProject(stop.cwd));
  // No runner: it would outlive the hook.
  const own = { level: "silent", over: { BRIDGE_JOBS: "session" } };
  const start = prepareRegisteredBridge(__BRIDGE_VERSION__, OWN_PATH, own);
  if (!("settings" in start.loaded)) throw new Error("the settings are wrong: doctor says how");
  const cwd = findGateFolder(start.cwd, stop.cwd);
  return { app: createApp(start), cwd, runs: createGateRuns(start.loaded.settings.stateDir) };
}

async function runReview(app: App, cwd: string, signal: AbortSignal): Promise<GateReview> {
  const call = { signal, report: () => {}, canReport: false, canTask: false };
  const called = await app.callTool("codex-review", { target: "uncommitted", cwd }, call);
  const { structuredContent = {}, isError = false } = called?.result ?? { isError: true };
  const isWhole = !isError && structuredContent["incomplete"] !== true;
  return { isWhole, isError, answer: structuredContent };
}
