// Keeps a thread's record up to date while its turn runs. It is stored as soon as the thread's id is known, so that a crash loses nothing.
import { type ChainLink, nameThread, toLater } from "../../domain/chain.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Logger } from "../../domain/logger.ts";
import type { PermissionRules } from "../../domain/permissions.ts";
import { describeWidening } from "../../domain/sandbox.ts";
import type { ThreadFrame, ThreadRecord } from "../../domain/thread.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import type { SessionStore } from "./session-store.ts";
import { settleFrame } from "./settled-frame.ts";
import type { TurnPermit, TurnPermits } from "./turn-permits.ts";
import { describeUnstored, toUnstoredError } from "./unstored-record.ts";
import { type FileContent, RecordNotStoredError } from "./write-narrowing.ts";

/** The thread that a turn belongs to. */
export interface TurnThread {
  readonly frame: ThreadFrame;
  readonly sessionId: string | undefined;
  /** Its record; undefined for a new thread. */
  readonly record: ThreadRecord | undefined;
  /** Where the turn stands in a chain of agents. */
  readonly chain?: ChainLink | undefined;
  /** Title of a new thread, if it is not taken from its prompt. */
  readonly title?: string | undefined;
  /** For a turn that must not change its thread: the frame that the record keeps, and the time limit of the turn in ms. */
  readonly kept?: { readonly frame: ThreadFrame; readonly mostMs: number } | undefined;
  /** For a turn that is wider by a consent for it alone: the frame that the record gets. */
  readonly narrow?: ThreadFrame | undefined;
  /** Whether the turn is a further one of the same call, whose prompt is the bridge's own. */
  readonly isCorrection?: boolean | undefined;
  /** The thread whose name the new one takes over. */
  readonly replaces?: ThreadRecord | undefined;
}

/**
 * How long after its start a question still explains a read-only last turn, if the bridge dies before the question has ended. Until then a
 * thread that the user narrows in a terminal is not known as narrowed.
 */
const MOST_ASKED_MS = 3_600_000;

/** Options of a keeper. */
export interface RecordKeeperOptions {
  readonly sessions: SessionStore;
  /** A new thread takes its permit once it has an id. */
  readonly permits: Pick<TurnPermits, "open">;
  /** Directory of the bridge: names belong to it. */
  readonly baseDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps the record of one turn's thread. */
export class RecordKeeper {
  readonly #options: RecordKeeperOptions;
  #thread: TurnThread;
  readonly #permitWarnings: string[] = [];
  #current: ThreadRecord | undefined;
  #ownPermit: TurnPermit | undefined;
  /** The write of the current record, if it may come later. */
  #later: NodeJS.Immediate | undefined;
  /** Content of the file if the newest record could not be stored. */
  #instead: FileContent | undefined;
  /** The error of the newest failed write. */
  #storeError: unknown;

  constructor(options: RecordKeeperOptions, thread: TurnThread) {
    this.#options = options;
    this.#thread = thread;
  }

  /** Warnings for the caller, complete once the turn has ended. */
  get warnings(): string[] {
    return [...this.#permitWarnings, ...(this.#instead === undefined ? [] : [describeUnstored(this.#instead)])];
  }

  /** Call before a turn of a known thread. Throws CONFIG_INVALID if a narrower sandbox cannot be stored and a restart would undo it. */
  begin(record: ThreadRecord): void {
    this.keep(record.threadId);
    // Without a record, the thread would later have the sandbox of this turn.
    const wouldWiden = this.#instead === "nothing" && this.#thread.narrow !== undefined;
    if (this.#instead === "wider" || wouldWiden) throw toUnstoredError(this.#storeError);
  }

  /** Call when the thread's id is known. Never throws. */
  keep(threadId: string): void {
    if (this.#current !== undefined) return;
    const { sessions, clock, baseDir } = this.#options;
    const { record, frame, kept, narrow, sessionId, replaces, title } = this.#thread;
    const chain = this.#thread.chain && nameThread(this.#thread.chain, threadId);
    // Take the permit before anyone else can know the id.
    if (record === undefined) this.#open(threadId);
    sessions.setRunning(threadId, true);
    const base = record ?? { threadId, project: baseDir, title, createdAt: clock(), turns: 0 };
    const asked = kept === undefined ? {} : { askedUntil: clock() + Math.min(kept.mostMs, MOST_ASKED_MS) };
    const change = { sessionId, frame: kept?.frame ?? narrow ?? frame, turns: base.turns + 1, lastUsedAt: clock() };
    const next = { ...base, ...asked, chain, wasWidened: narrow === undefined ? record?.wasWidened : true, ...change };
    if (record !== undefined && kept === undefined && this.#addsNothing(record, change)) this.#putLater(next);
    else this.#put(next);
    // The new thread gets the name first. A crash in between leaves the name on both, and the newer one wins; otherwise nobody would have it.
    if (replaces !== undefined) this.#takeName(replaces);
  }

  /** Call when it is known which rules the agent read from the permission profile. The next turn is compared with them. Never throws. */
  keepRules(rules: PermissionRules): void {
    const permissions = this.#current?.frame.permissions;
    if (this.#current === undefined || permissions === undefined) return;
    // If the turn is narrower than the thread, its rules are not stored: wider turns would be compared with them.
    if (this.#thread.frame.permissions?.isReadOnly !== permissions.isReadOnly) return;
    this.#put({ ...this.#current, frame: { ...this.#current.frame, permissions: { ...permissions, rules } } });
  }

  /** Call when a person has taken some time, in which no clock of the turn ran: its link ends later by as much. Never throws. */
  addTime(ms: number): void {
    const chain = this.#thread.chain && toLater(this.#thread.chain, ms);
    this.#thread = { ...this.#thread, chain };
    if (this.#current !== undefined && chain !== undefined)
      this.#put({ ...this.#current, chain: nameThread(chain, this.#current.threadId) });
  }

  /** Call when the turn has ended. Never throws. */
  settle(outcome: TurnOutcome): void {
    const { record } = this.#thread;
    this.#putNow();
    if (outcome.kind === "completed" && outcome.report.threadId !== undefined) this.keep(outcome.report.threadId);
    if (this.#current === undefined) return;
    // A turn that did nothing may not have read it.
    if (this.#current.notice !== undefined && outcome.report.hasWorked)
      this.#put({ ...this.#current, notice: undefined });
    if (this.#thread.kept !== undefined) {
      this.#put({ ...this.#current, askedUntil: this.#options.clock() });
      return;
    }
    // It was told what was done there.
    if (this.#current.wentTo !== undefined && outcome.report.hasWorked)
      this.#put({ ...this.#current, wentTo: undefined });
    const current = this.#current.frame;
    const settled = outcome.kind === "failed" ? settleFrame(current, record?.frame, outcome) : current;
    // A turn that fails early writes no sandbox to Codex's file, which then still ends with the wide one.
    const isNarrowAgain = this.#current.wasWidened === true && this.#ranNarrow(outcome);
    if (isNarrowAgain) this.#put({ ...this.#current, frame: settled, wasWidened: undefined });
    else if (settled !== current) this.#put({ ...this.#current, frame: settled });
    // Try again: the disk may have room now.
    else if (this.#instead !== undefined) this.#put(this.#current);
  }

  /** Releases what the turn held. Never throws: a failed release must not cost the answer. */
  async close(): Promise<void> {
    this.#putNow();
    try {
      if (this.#current !== undefined) this.#options.sessions.setRunning(this.#current.threadId, false);
      await this.#ownPermit?.release();
    } catch (error) {
      this.#options.logger.error({ err: error }, "turn permit not released");
    }
  }

  // Whether the sandbox that was read back after this turn is known, and allows no more than the thread has.
  #ranNarrow({ report: { sandbox } }: TurnOutcome): boolean {
    const { frame, narrow } = this.#thread;
    return narrow === undefined && sandbox !== undefined && describeWidening(sandbox, frame.sandbox).length === 0;
  }

  #open(threadId: string): void {
    this.#ownPermit = this.#options.permits.open(threadId);
    this.#permitWarnings.push(...this.#ownPermit.warnings);
  }

  // Whether the file has all that matters after a crash: the count of turns and the time of the last one do not.
  #addsNothing(record: ThreadRecord, { frame, sessionId }: Pick<ThreadRecord, "frame" | "sessionId">): boolean {
    const isSame = sessionId === record.sessionId && JSON.stringify(frame) === JSON.stringify(record.frame);
    return isSame && this.#options.sessions.isStored(record);
  }

  // While the agent works: to replace a file can take as long as everything else that comes before a turn.
  #putLater(record: ThreadRecord): void {
    this.#current = record;
    this.#later = setImmediate(() => this.#put(record));
  }

  #putNow(): void {
    if (this.#later !== undefined && this.#current !== undefined) this.#put(this.#current);
  }

  #put(record: ThreadRecord): void {
    clearImmediate(this.#later);
    this.#later = undefined;
    this.#current = record;
    this.#instead = this.#store(record);
  }

  // Only the name moves. The rest is read again, since the turn that found the thread lost, or another bridge, may have narrowed it.
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
