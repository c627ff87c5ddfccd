// Keeps a thread's record up to date while its turn runs: as soon as the id is known, so that nothing is lost in a crash.
import type { Clock } from "../../domain/clock.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import type { PermissionRules } from "../../domain/permissions.ts";
import type { ThreadFrame, ThreadRecord } from "../../domain/thread.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import type { SessionStore } from "./session-store.ts";
import { settleFrame } from "./settled-frame.ts";
import type { TurnPermit, TurnPermits } from "./turn-permits.ts";
import { type FileContent, RecordNotStoredError } from "./write-narrowing.ts";

/** The thread that a turn belongs to. */
export interface TurnThread {
  readonly frame: ThreadFrame;
  readonly sessionId: string | undefined;
  /** Its record; undefined for a new thread. */
  readonly record: ThreadRecord | undefined;
  /** First words of a new thread, where they are not those of its prompt. */
  readonly title?: string | undefined;
  /** For a turn that must change nothing of its thread: the frame that the record keeps, and the longest time that the turn can take, in ms. */
  readonly kept?: { readonly frame: ThreadFrame; readonly mostMs: number } | undefined;
  /** Thread whose name the new one takes over. */
  readonly replaces?: ThreadRecord | undefined;
}

/** What a keeper is made of. */
export interface RecordKeeperOptions {
  readonly sessions: SessionStore;
  /** A new thread takes its permit once it has an id. */
  readonly permits: Pick<TurnPermits, "open">;
  /** Directory of the bridge: names belong to it. */
  readonly baseDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A keeper; used for one turn. */
export class RecordKeeper {
  readonly #options: RecordKeeperOptions;
  readonly #thread: TurnThread;
  readonly #permitWarnings: string[] = [];
  #current: ThreadRecord | undefined;
  #ownPermit: TurnPermit | undefined;
  /** What stands in the file instead, where the newest record could not be stored. */
  #instead: FileContent | undefined;
  /** What the newest failed write threw. */
  #storeError: unknown;

  constructor(options: RecordKeeperOptions, thread: TurnThread) {
    this.#options = options;
    this.#thread = thread;
  }

  /** What the caller should know once the turn has ended. */
  get warnings(): string[] {
    return [...this.#permitWarnings, ...(this.#instead === undefined ? [] : [NOT_STORED[this.#instead]])];
  }

  /** For a turn of a thread that is known, before it begins. Throws CONFIG_INVALID where a restart would undo its narrowing. */
  begin(record: ThreadRecord): void {
    this.keep(record.threadId);
    if (this.#instead === "wider") throw toUnstoredError(this.#storeError);
  }

  /** The thread's id is known. Never throws. */
  keep(threadId: string): void {
    if (this.#current !== undefined) return;
    const { sessions, clock, baseDir } = this.#options;
    const { record, frame, kept, sessionId, replaces, title } = this.#thread;
    // Before anyone else can know the id.
    if (record === undefined) this.#open(threadId);
    sessions.setRunning(threadId, true);
    const base = record ?? { threadId, project: baseDir, title, createdAt: clock(), turns: 0 };
    const asked = kept === undefined ? {} : { askedUntil: clock() + kept.mostMs };
    const turns = base.turns + 1;
    this.#put({ ...base, ...asked, sessionId, frame: kept?.frame ?? frame, turns, lastUsedAt: clock() });
    // In this order a crash leaves the name twice, and the newest has it; in the other nobody would.
    if (replaces !== undefined) this.#takeName(replaces);
  }

  /** What Codex made of the thread's permission profile is known: the next turn is compared with it. Never throws. */
  keepRules(rules: PermissionRules): void {
    const permissions = this.#current?.frame.permissions;
    if (this.#current === undefined || permissions === undefined) return;
    // The rules of a narrower turn must not become what a wider one is compared with.
    if (this.#thread.frame.permissions?.isReadOnly !== permissions.isReadOnly) return;
    this.#put({ ...this.#current, frame: { ...this.#current.frame, permissions: { ...permissions, rules } } });
  }

  /** The turn has ended. Never throws. */
  settle(outcome: TurnOutcome): void {
    const { record } = this.#thread;
    if (outcome.kind === "completed" && outcome.report.threadId !== undefined) this.keep(outcome.report.threadId);
    if (this.#current === undefined) return;
    if (this.#thread.kept !== undefined) {
      this.#put({ ...this.#current, askedUntil: this.#options.clock() });
      return;
    }
    const current = this.#current.frame;
    const settled = outcome.kind === "failed" ? settleFrame(current, record?.frame, outcome) : current;
    if (settled !== current) this.#put({ ...this.#current, frame: settled });
    // There may be room again.
    else if (this.#instead !== undefined) this.#put(this.#current);
  }

  /** Gives back what the turn held. Never throws: what cannot be tidied up must not cost the answer. */
  async close(): Promise<void> {
    try {
      if (this.#current !== undefined) this.#options.sessions.setRunning(this.#current.threadId, false);
      await this.#ownPermit?.release();
    } catch (error) {
      this.#options.logger.error({ err: error }, "turn permit not released");
    }
  }

  #open(threadId: string): void {
    this.#ownPermit = this.#options.permits.open(threadId);
    this.#permitWarnings.push(...this.#ownPermit.warnings);
  }

  #put(record: ThreadRecord): void {
    this.#current = record;
    this.#instead = this.#store(record);
  }

  // Only the name moves: the rest of the record may have been narrowed since, by the turn that found the thread lost or by a neighbour.
  #takeName({ threadId }: ThreadRecord): void {
    const { sessions, logger } = this.#options;
    try {
      const known = sessions.get(threadId);
      if (known !== undefined) this.#store({ ...known, sessionId: undefined });
    } catch (error) {
      logger.error({ err: error, threadId }, "the name stays with the thread that was replaced");
    }
  }

  #store(record: ThreadRecord): FileContent | undefined {
    try {
      this.#options.sessions.put(record);
      return undefined;
    } catch (error) {
      this.#options.logger.error({ err: error, threadId: record.threadId }, "frame not stored");
      this.#storeError = error;
      return error instanceof RecordNotStoredError ? error.content : "nothing";
    }
  }
}

// A file system's error names the path and what is wrong with it.
function toUnstoredError(error: unknown): BridgeError {
  const cause = error instanceof RecordNotStoredError ? error.cause : undefined;
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  return new BridgeError(
    "CONFIG_INVALID",
    `The thread's record cannot be stored in the state folder${reason}, so a restart of the bridge could give the thread a wider sandbox than it has now. Nothing was run.`,
    {
      nextStep:
        "Ask the user to make the state folder (BRIDGE_STATE_DIR) writable, which `codex-bridge doctor` checks, then call again; or start a new thread with codex and this sandbox.",
      cause: error,
    },
  );
}

const NOT_STORED: Readonly<Record<FileContent, string>> = {
  nothing:
    "The thread's frame could not be stored: once the bridge restarts, the thread has the directory, sandbox and model of its last turn, but no sessionId, instructions or config.",
  older:
    "The thread's newest frame could not be stored: once the bridge restarts, the thread has the frame that it had before this turn.",
  emptied:
    "The thread's frame could not be stored: once the bridge restarts, the thread is read-only, and has no sessionId, instructions or config.",
  wider: "The thread's narrower sandbox could not be stored: once the bridge restarts, the thread has the one before.",
};
