// What starting and continuing a thread have in common.
import type { ForeignThread } from "../../agents/codex/rollouts/foreign-thread.ts";
import { countOf } from "../../domain/count-of.ts";
import type { ThreadLimits } from "../../domain/thread.ts";
import type { LockFiles } from "../../state/lock-files.ts";
import type { CallContext } from "../requests.ts";
import { createThreadFinder, type FindThread } from "../threads/find-thread.ts";
import type { FrameScope } from "../threads/frame-scope.ts";
import { type ClaimName, createNameClaims } from "../threads/name-claims.ts";
import { createThreadPlaces, type ThreadPlaces } from "../threads/thread-places.ts";
import { createTurnQueue, type Release } from "../threads/turn-queue.ts";
import type { AreaScope } from "../threads/writable-areas.ts";
import type { Depth } from "./depth.ts";
import type { LostMessage } from "./rebuild.ts";
import { createTurnRunner, type TurnRunner, type TurnRunnerOptions } from "./run-turn.ts";

/** What delegation is built from. */
export interface DelegationOptions extends Omit<TurnRunnerOptions, "places"> {
  readonly limits: ThreadLimits;
  /** Turns that run at once in this bridge, at most. */
  readonly maxTurns: number;
  /** What a writing turn must not reach. */
  readonly areas: AreaScope;
  /** Locks among the bridges of this machine. */
  readonly locks: Pick<LockFiles, "take" | "look">;
  /** Ends what bridges that are dead by now left running. */
  readonly reap: () => Promise<void>;
  /** Read once a call: the ancestors of a process do not change, but finding them costs. */
  readonly readDepth: () => Depth;
  /** Profile of threads whose caller names none. */
  readonly defaultProfile?: string | undefined;
  /** The last messages of a thread, as far as they are left. */
  readonly readConversation: (threadId: string, maxCharacters: number) => readonly LostMessage[];
  /** What the agent knows of a thread without a record of ours. */
  readonly readForeignThread: (threadId: string, mostBytes?: number) => ForeignThread;
}

/** The parts that a bridge has once. */
export interface DelegationParts {
  readonly options: DelegationOptions;
  readonly places: ThreadPlaces;
  readonly claimName: ClaimName;
  readonly runner: TurnRunner;
  readonly find: FindThread;
  /** Waits for one of the bridge's free places. Throws CANCELLED when the call is cancelled first. */
  readonly takeFreePlace: (call: CallContext) => Promise<Release>;
}

/** Makes the parts. */
export function createDelegationParts(options: DelegationOptions): DelegationParts {
  const places = createThreadPlaces(options);
  const freePlaces = createTurnQueue(options.maxTurns);
  return {
    options,
    places,
    claimName: createNameClaims({ ...options, project: options.baseDir }),
    runner: createTurnRunner({ ...options, places }),
    find: createThreadFinder(options),
    takeFreePlace: ({ signal, report }) =>
      freePlaces.acquire(signal, (ahead) => report(`Waiting for ${countOf(ahead, "other turn")} (BRIDGE_MAX_TURNS)`)),
  };
}

/** What a frame in a directory is judged by. Throws CONFIG_INVALID. */
export async function readScope(
  { options }: DelegationParts,
  profile: string | undefined,
  cwd: string,
): Promise<FrameScope> {
  const { backend, limits, areas, baseDir, defaultProfile } = options;
  const defaults = await backend.readDefaults(profile, cwd);
  const own = profile === defaultProfile ? defaults : await backend.readDefaults(defaultProfile, cwd);
  return { ...areas, limits, baseDir, backend: backend.name, defaults, ownProfile: own.profile?.name };
}
