// Saves and restores checkpoints.
import { CHECKPOINT_VERSION, type Checkpoint, type StoredCheckpoint } from "../../checkpoints/checkpoint.ts";
import { type CheckpointFiles, createCheckpointFiles } from "../../checkpoints/checkpoint-files.ts";
import type { Clock } from "../../domain/clock.ts";
import { cutText } from "../../domain/cut-text.ts";
import { BridgeError } from "../../domain/errors.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import type { Redact } from "../../domain/redact.ts";
import type { ReadTarget } from "../../reviews/target.ts";
import type { Jobs } from "../jobs/job.ts";
import type { CallContext } from "../requests.ts";
import type { ThreadReader } from "../stored-threads/stored-threads.ts";
import { type FindCallerLimit, limitAt, toCallerDenied } from "../threads/caller-limit.ts";
import type { Checkpoints, SaveRequest } from "./checkpoints.ts";
import { describeMoves, type TreeNow } from "./describe-moves.ts";
import { readTree, type TreeState } from "./read-tree.ts";

/** What they are made with. */
export interface CheckpointsOptions {
  /** Directory of the bridge. */
  readonly project: string;
  readonly stateDir: string;
  /** Id of the session of Claude Code that started the bridge, where it tells one. */
  readonly session: string | undefined;
  readonly readTarget: ReadTarget;
  readonly jobs: Pick<Jobs, "list">;
  readonly threads: Pick<ThreadReader, "list">;
  readonly findCallerLimit: FindCallerLimit;
  readonly clock: Clock;
  readonly redact: Redact;
}

/** Jobs and threads that are named. */
const MOST_NAMED = 10;
/** A caller may name a session as it likes; this is the one where nobody does. */
const NO_NAME = "manual";
const MOST_TITLE = 300;

/** Makes them. */
export function createCheckpoints(options: CheckpointsOptions): Checkpoints {
  const files = createCheckpointFiles(options.project, options.stateDir);
  return {
    save: async (request, call) => {
      await checkMayWrite(options, call);
      const sessionId = request.sessionId ?? options.session ?? NO_NAME;
      checkName(sessionId, options.redact);
      const old = readOld(files, sessionId);
      const [tree, jobs, threads] = await Promise.all([
        readTreeInTime(options, old?.git?.base ?? old?.git?.head, { signal: call.signal, ms: request.treeTimeoutMs }),
        nameJobs(options),
        nameThreads(options, call),
      ]);
      const checkpoint: Checkpoint = {
        session_id: sessionId,
        timestamp: new Date(options.clock()).toISOString(),
        ...toWords(request, old, options.redact),
        ...{ jobs, threads, version: CHECKPOINT_VERSION },
        ...("git" in tree ? { git: tree.git, ...(tree.more === 0 ? {} : { more_changes: tree.more }) } : {}),
      };
      checkpoint.context.code_changes = "git" in tree ? tree.changes : [];
      files.write(checkpoint);
      return { checkpoint, path: files.toPath(sessionId), warnings: "git" in tree ? tree.notes : [tree.reason] };
    },
    restore: async (sessionId, call) => {
      const checkpoint = find(files, sessionId);
      const now: TreeNow =
        checkpoint.git === undefined ? undefined : await readTree(options, undefined, call.signal, checkpoint.git);
      const warnings = [...describeMoves(checkpoint, now), ...(await describeJobs(checkpoint, options))];
      return { checkpoint, path: files.toPath(checkpoint.session_id), warnings };
    },
    list: () => files.list(),
  };
}

// Those that came with the project's files are only for who names them.
function find(files: CheckpointFiles, sessionId: string | undefined): StoredCheckpoint {
  if (sessionId !== undefined) {
    const named = files.read(sessionId);
    if (named !== undefined) return named;
    throw new BridgeError(
      "CHECKPOINT_NOT_FOUND",
      `This project has no checkpoint of session ${JSON.stringify(sessionId)}.`,
    );
  }
  const [newest] = files.list();
  if (newest?.own === true) return newest;
  const others = newest === undefined ? "" : " There are some that were not saved on this machine, or were changed.";
  throw new BridgeError("CHECKPOINT_NOT_FOUND", `This project has no checkpoint.${others}`);
}

// What cannot be read is replaced: the session's new state is worth more. So is what somebody else has put there.
function readOld(files: CheckpointFiles, sessionId: string): Checkpoint | undefined {
  files.toPath(sessionId);
  try {
    const old = files.read(sessionId);
    return old?.own === true ? old : undefined;
  } catch {
    return undefined;
  }
}

// Thousands of changed files take longer than a hook has, and the words are worth saving without them.
async function readTreeInTime(
  options: CheckpointsOptions,
  base: string | undefined,
  { signal, ms }: { readonly signal: AbortSignal; readonly ms: number | undefined },
): Promise<TreeState> {
  if (ms === undefined) return readTree(options, base, signal);
  const time = AbortSignal.timeout(ms);
  try {
    return await readTree(options, base, AbortSignal.any([signal, time]));
  } catch (error) {
    if (!time.aborted || signal.aborted) throw error;
    return { reason: `What changed in the code is not known: it took longer than ${ms} ms to find out.` };
  }
}

// It is the name of a file, so a secret in it cannot be replaced: all such sessions would become one.
function checkName(sessionId: string, redact: Redact): void {
  if (redact(sessionId) === sessionId) return;
  throw new BridgeError(
    "INVALID_ARGUMENT",
    "`sessionId` holds what looks like a key or token, and would be the name of a file.",
    { nextStep: "Give the session another name. Nothing was saved." },
  );
}

// An agent that may not write in the project has no file written there for it.
async function checkMayWrite({ findCallerLimit, project }: CheckpointsOptions, call: CallContext): Promise<void> {
  const limit = limitAt(await findCallerLimit(call.caller), project, undefined);
  if (limit?.policy.mode === "read-only") throw toCallerDenied(limit, "no checkpoint is written for it");
}

const MOST_CHARACTERS = 20_000;
const MOST_POINTS = 100;

function toWords(
  { taskProgress, keyDecisions, nextSteps, isExtract = false }: SaveRequest,
  old: Checkpoint | undefined,
  redact: Redact,
): Pick<Checkpoint, "context" | "worded_by"> {
  const clean = (text: string): string => cutText(redact(text.toWellFormed()), MOST_CHARACTERS);
  const keeps = isExtract && old?.worded_by === "caller";
  const words = keeps ? {} : { taskProgress, keyDecisions, nextSteps };
  return {
    context: {
      task_progress: words.taskProgress === undefined ? (old?.context.task_progress ?? "") : clean(words.taskProgress),
      key_decisions: (words.keyDecisions ?? old?.context.key_decisions ?? []).slice(0, MOST_POINTS).map(clean),
      code_changes: [],
      next_steps: (words.nextSteps ?? old?.context.next_steps ?? []).slice(0, MOST_POINTS).map(clean),
    },
    worded_by: isExtract && !keeps ? "bridge" : "caller",
  };
}

// A title is the beginning of a prompt.
const cleanTitle = (title: string, redact: Redact): string => cutText(redact(title.toWellFormed()), MOST_TITLE);

async function nameJobs({ jobs, redact }: CheckpointsOptions): Promise<Checkpoint["jobs"]> {
  const found = await jobs.list({ limit: MOST_NAMED }).catch(() => []);
  return found.map(({ id, tool, title, state, threadId }) => ({
    ...{ job_id: id, tool, title: cleanTitle(title, redact), state },
    ...(threadId === undefined ? {} : { thread_id: threadId }),
  }));
}

async function nameThreads({ threads, redact }: CheckpointsOptions, call: CallContext): Promise<Checkpoint["threads"]> {
  const request = { isEverywhere: false, withArchived: false, most: MOST_NAMED };
  const page = await threads.list(request, call).catch(() => undefined);
  return (page?.threads ?? []).map(({ threadId, sessionId, title, name = title }) => ({
    thread_id: threadId,
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(name === undefined ? {} : { title: cleanTitle(name, redact) }),
  }));
}

const OPEN_STATES = new Set(["queued", "running", "waiting"]);

// Only of those that were open: what had ended is as it was.
async function describeJobs({ jobs: then }: Checkpoint, { jobs }: CheckpointsOptions): Promise<string[]> {
  const open = then.filter(({ state }) => OPEN_STATES.has(state)).slice(0, MOST_NAMED);
  if (open.length === 0) return [];
  const now = await jobs.list().catch(() => undefined);
  return open.map(({ job_id: id, title, state }) => {
    const found = now?.find((job) => job.id === id);
    const shown = `Job ${toPrintableLine(id)} (${cutText(toPrintableLine(title), MOST_TITLE)})`;
    if (now === undefined) return `${shown} was ${state}; its state now cannot be read.`;
    if (found === undefined) return `${shown} was ${state}; it is no longer on record.`;
    return found.state === state ? `${shown} is still ${state}.` : `${shown} was ${state} and is ${found.state} now.`;
  });
}
