// Where the next attempt at a task works: its thread, its name, its worktree. It learns from how each attempt ended.
import type { Attempt, AttemptPlace } from "../../domain/task.ts";
import type { TurnEnd } from "../requests.ts";
import { needsNewThread } from "./task-errors.ts";

/** What it is made from. */
export interface TaskThreadOptions {
  /** Whether the attempts work in a worktree of the bridge's own. */
  readonly isIsolated: boolean;
  /** Whether a directory lies in a worktree whose proposal is open. */
  readonly isOpenWorktree: (cwd: string) => boolean;
}

/** The thread of one call's attempts. */
export class TaskThread {
  readonly #options: TaskThreadOptions;
  #threadId: string | undefined;
  #hasName = false;
  #hasWritten = false;
  #place: AttemptPlace | undefined;

  constructor(options: TaskThreadOptions) {
    this.#options = options;
  }

  /** Thread that the next attempt continues. */
  get threadId(): string | undefined {
    return this.#threadId;
  }

  /** Whether a thread of this call has the caller's name. */
  get hasName(): boolean {
    return this.#hasName;
  }

  /** Whether an attempt of this call has written the caller's file. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** Worktree of the attempts before. A new thread goes on there too, since their work is there. */
  get place(): AttemptPlace | undefined {
    return this.#place;
  }

  /** Goes on where an earlier call of the same task was, which may have changed files already. A call that works elsewhere begins anew. */
  continueFrom(chain: readonly Attempt[]): void {
    const last = chain.findLast((attempt) => attempt.threadId !== undefined && this.#isHere(attempt));
    this.#place = last?.place;
    if (last?.code !== "CONTEXT_OVERFLOW" && last?.code !== "THREAD_BROKEN") this.#threadId = last?.threadId;
  }

  /** Takes over what an attempt left. Says whether it has to be made again, since it met a thread that cannot go on. */
  learn(end: TurnEnd): "again" | undefined {
    if (end.kind !== "refused") this.#learnAnswer(end.answer);
    if (end.kind === "completed") return undefined;
    const { code, threadId } = end.error;
    this.#hasName ||= threadId !== undefined;
    if (code === "SESSION_NOT_FOUND" && this.#hasName) {
      // The thread of an earlier call did not have this call's name: a new thread takes it.
      this.#hasName = false;
      return "again";
    }
    if ((code === "THREAD_NOT_FOUND" || code === "THREAD_BROKEN") && this.#threadId !== undefined) {
      // The thread of an earlier attempt cannot go on, so the task begins anew.
      this.#threadId = undefined;
      return "again";
    }
    this.#threadId = needsNewThread(end.error) ? undefined : (threadId ?? this.#threadId);
    return undefined;
  }

  #learnAnswer({ proposal, cwd, outputFile }: Extract<TurnEnd, { kind: "completed" }>["answer"]): void {
    if (this.#options.isIsolated && proposal !== undefined) this.#place = { proposal: proposal.id, cwd };
    this.#hasWritten ||= outputFile !== undefined;
  }

  #isHere({ place }: Attempt): boolean {
    const { isIsolated, isOpenWorktree } = this.#options;
    return isIsolated ? place !== undefined && isOpenWorktree(place.cwd) : place === undefined;
  }
}

/** The worktrees of attempts whose proposals are open: what was landed or discarded since is none to land. */
export function findOpenPlaces(
  attempts: readonly Attempt[],
  isOpenWorktree: TaskThreadOptions["isOpenWorktree"],
): readonly AttemptPlace[] {
  const places = attempts.flatMap(({ place }) => (place === undefined ? [] : [place]));
  const newest = new Map(places.map((place) => [place.proposal, place]));
  return [...newest.values()].filter(({ cwd }) => isOpenWorktree(cwd));
}
