// Claude Code's PreCompact, SessionEnd and SessionStart: a checkpoint is saved before a session forgets or ends, and offered to the next one.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { CHECKPOINT_FOLDER, createCheckpointFiles } from "../checkpoints/checkpoint-files.ts";
import { readSessionTranscript } from "../clients/claude-code/session-transcript.ts";
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { isBelowAgent } from "../process/nested.ts";
import { toSessionWords } from "../setup/hooks/session-words.ts";
import { findHookProject } from "./hook-project.ts";
import { OWN_PATH } from "./own-paths.ts";
import { readRegisteredSettings } from "./registered-settings.ts";

declare const __BRIDGE_VERSION__: string;

const PayloadSchema = z.object({
  session_id: z.string().min(1),
  cwd: z.string().optional(),
  transcript_path: z.string().optional(),
  source: z.string().optional(),
});

/** The hooks' `timeout` is 15 s. */
const DEADLINE_MS = 12_000;
/** Of these, for finding the changed files. */
const TREE_MS = 7_000;
/** An older checkpoint is offered to nobody. */
const OFFERED_MS = 7 * 86_400_000;
/** Only an id that cannot be read as a sentence is shown to a model that has not asked for it. */
const PLAIN_ID = /^[\w.-]{1,64}$/;

/** Whether the hooks do anything: not below another agent's call, and not where the user has turned them off. */
function isOn(): boolean {
  return process.env["BRIDGE_CHECKPOINTS"]?.trim() !== "0" && !isBelowAgent();
}

/** Saves where the session stands. Answers nothing: what PreCompact says would go into the summary. Throws for a payload that is not one. */
export async function saveNow(payload: unknown): Promise<Readonly<Record<string, unknown>>> {
  const { session_id: sessionId, cwd, transcript_path: path } = PayloadSchema.parse(payload);
  const words = path === undefined || !isOn() ? undefined : toSessionWords(readSessionTranscript(path));
  if (words === undefined) return {};
  process.chdir(findHookProject(cwd));
  // Most sessions end without one, and Claude Code waits.
  const [{ createApp }, { prepareRegisteredBridge }] = await Promise.all([
    import("../app/app.ts"),
    import("./registered-bridge.ts"),
  ]);
  // No runner: it would outlive the hook.
  const own = { level: "silent", over: { BRIDGE_JOBS: "session" } };
  const app = createApp(prepareRegisteredBridge(__BRIDGE_VERSION__, OWN_PATH, own));
  try {
    const call = { signal: AbortSignal.timeout(DEADLINE_MS), report: () => {}, canReport: false, canTask: false };
    await (await app.openCheckpoints()).save({ ...words, sessionId, isExtract: true, treeTimeoutMs: TREE_MS }, call);
    return {};
  } finally {
    await app.close();
  }
}

/**
 * The same in a process of its own, which ends by itself: Claude Code that ends gives a hook about 1.5 s, whatever its `timeout` says
 * (docs/claude-code.md#hooks). Throws for a payload that is not one.
 */
export async function saveAfterEnd(payload: unknown): Promise<Readonly<Record<string, unknown>>> {
  PayloadSchema.parse(payload);
  if (!isOn()) return {};
  const child = spawn(process.execPath, [OWN_PATH, "hook", "pre-compact"], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.stdin.on("error", reject);
    child.stdin.end(JSON.stringify(payload), resolve);
  });
  child.unref();
  return {};
}

/** Offers the newest checkpoint in one line, or after a compaction the session's own. Throws for a payload that is not one. */
export function offerAtStart(payload: unknown): Readonly<Record<string, unknown>> {
  const { session_id: own, cwd, source } = PayloadSchema.parse(payload);
  if (!isOn()) return {};
  const project = findHookProject(cwd);
  // Most projects have none, and the settings take longer to read.
  if (!existsSync(join(project, CHECKPOINT_FOLDER))) return {};
  const files = createCheckpointFiles(project, readRegisteredSettings(project, OWN_PATH).stateDir);
  const isCompact = source === "compact";
  // What a cloned project brings is offered to nobody.
  const [newest] = files.list().filter((one) => one.own && (one.session_id === own) === isCompact);
  const age = newest === undefined ? Number.NaN : Date.now() - Date.parse(newest.timestamp);
  if (newest === undefined || !(age < OFFERED_MS)) return {};
  const id = PLAIN_ID.test(newest.session_id) ? ` with sessionId "${newest.session_id}"` : "";
  const when = describeAge(Math.max(0, age));
  const line = isCompact
    ? `codex-bridge: this session was saved ${when}, before it was compacted. restore_checkpoint${id} gives progress, decisions, changed files, threads and jobs, if they are needed.`
    : `codex-bridge: an earlier session of this project was saved ${when}. If the user wants to go on with that work, restore_checkpoint${id} gives progress, decisions, changed files, threads and jobs.`;
  return { hookSpecificOutput: { hookEventName: "SessionStart", additionalContext: line } };
}
