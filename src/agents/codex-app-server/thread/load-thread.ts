// Loads a thread into an app server: a new one, or one that is stored.
import { BridgeError } from "../../../domain/errors.ts";
import type { JsonObject } from "../../../domain/json.ts";
import { NO_TOKENS } from "../../../domain/token-usage.ts";
import { readHasGoal, readLoadedThread } from "../protocol/thread-answers.ts";
import { NoServer } from "../server/failed-launches.ts";
import { RpcError, ServerEnded } from "../server/server-errors.ts";
import type { RequestLimits, ServerLease } from "../server/server-types.ts";
import { LoadedThread } from "./loaded-thread.ts";
import { toRequestFailure } from "./request-failure.ts";
import type { ThreadLoad } from "./thread-load.ts";
import { findUnreadRules } from "./unread-rules.ts";

/** A thread that a turn needs. */
export interface WantedThread {
  /** undefined for a new one. */
  readonly threadId: string | undefined;
  readonly load: ThreadLoad;
  /** Mark for the commands of a thread that is loaded for this turn. */
  readonly mark: string;
  /** Takes a server for it. */
  readonly takeServer: () => Promise<ServerLease>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called for a load that was given up before it was answered; settles once the server has not loaded the thread, has let go of it, or does not answer. */
  readonly onAbandoned?: ((over: Promise<void>) => void) | undefined;
}

/** A load that was given up is answered within this time, or the server takes no more threads. */
const LATE_MS = 10_000;

/** Loads a thread. Rejects as `takeServer`, with the signal's reason, or with a BridgeError that says why the server did not load it (NoServer if it ended). */
export async function loadThread({
  threadId,
  load,
  mark,
  takeServer,
  onAbandoned,
  ...limits
}: WantedThread): Promise<LoadedThread> {
  const lease = await takeServer();
  let loaded: LoadedThread | undefined;
  const onResult = (result: JsonObject): void => {
    const id = readLoadedThread(result)?.thread.id;
    const total = threadId === undefined ? NO_TOKENS : undefined;
    if (id !== undefined)
      loaded = new LoadedThread({ threadId: id, key: load.key, essence: load.essence, mark }, lease, total);
  };
  let settle: () => void = () => {};
  const late = new Promise<void>((resolve) => {
    settle = resolve;
  });
  // A thread that is loaded after the turn was given up has no use.
  const onLate = (result: JsonObject): void => {
    onResult(result);
    void (loaded?.unload() ?? Promise.resolve()).then(() => settle());
  };
  const params = load.toParams(mark);
  const [method, asked] =
    threadId === undefined ? ["thread/start", params] : ["thread/resume", { ...params, threadId, excludeTurns: true }];
  try {
    await lease.connection.request(method, asked, { ...limits, onResult, onLate, onLateFailure: () => settle() });
  } catch (error) {
    // Only a refusal says that the thread is not being loaded.
    if (error instanceof RpcError || error instanceof ServerEnded) lease.release();
    else {
      const over = waitForLate(late, lease);
      onAbandoned?.(over);
    }
    throw toLoadFailure(error, method);
  }
  if (loaded === undefined) {
    lease.release();
    throw new BridgeError("PROTOCOL_ERROR", `Codex's answer to ${method} names no thread.`);
  }
  loaded.hasGoal = threadId !== undefined && (await hasGoal(loaded, limits));
  const unread = findUnreadRules(lease.connection.warnings.config, method);
  if (unread === undefined) return loaded;
  // The files may be corrected, and this server would not say so.
  lease.retire();
  if (load.needsRules) {
    await loaded.unload();
    throw unread;
  }
  if (load.rulesWarning !== undefined) loaded.warn(load.rulesWarning);
  return loaded;
}

function toLoadFailure(error: unknown, method: string): unknown {
  const failure = toRequestFailure(error, method);
  return error instanceof ServerEnded && failure instanceof BridgeError
    ? new NoServer({ error: failure, wasTold: false })
    : failure;
}

// In doubt it has one: `codex exec` goes on with such a thread.
async function hasGoal({ connection, as }: LoadedThread, limits: RequestLimits): Promise<boolean> {
  const method = "thread/goal/get";
  return connection.request(method, { threadId: as.threadId }, limits).then(readHasGoal, (error: unknown) => {
    if (error instanceof ServerEnded) throw toLoadFailure(error, method);
    return true;
  });
}

async function waitForLate(late: Promise<void>, lease: ServerLease): Promise<void> {
  const limit = new Promise<"late">((resolve) => setTimeout(resolve, LATE_MS, "late").unref());
  if ((await Promise.race([late, limit])) === "late") {
    if (lease.isOnly) await lease.end("at once");
    // The turns of others go on. The server ends with the last of them, or lets go of the thread once it has answered.
    else lease.retire();
  }
  lease.release();
}
