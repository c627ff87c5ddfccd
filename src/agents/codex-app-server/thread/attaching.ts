// Opens the bridge's threads to the user's terminals, as far as that is safe, and tells `codex-bridge attach` of them.
import type { Logger } from "../../../domain/logger.ts";
import type { AttachFiles } from "../../../state/attach-files.ts";
import type { OpenThreads } from "../../../state/open-threads.ts";
import type { TurnLaunch } from "../../codex/launch/turn-launch.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import { createAttachKeeper } from "../server/attach-keeper.ts";
import type { ServerKeeper } from "../server/server-types.ts";
import { whyNotAttachable } from "./attach-choice.ts";
import type { LoadedThread } from "./loaded-thread.ts";

/** Options of createAttaching. */
export interface AttachingOptions {
  /** undefined: nothing is opened. */
  readonly files: AttachFiles | undefined;
  readonly keeper: ServerKeeper;
  readonly openThreads: OpenThreads;
  readonly codexHome: string;
  readonly logger: Logger;
}

/** What is opened to terminals. */
export interface Attaching {
  readonly keeper: ServerKeeper;
  /** Those of the options; a thread that is dropped is no longer told of. */
  readonly openThreads: OpenThreads;
  /** Folder for the socket of the turn's server; undefined if it is to have none. */
  chooseFolder(request: CodexTurnRequest, launch: TurnLaunch): string | undefined;
  /** Tells of a thread that a turn is about to use, and has the turn warn once where its server could not be opened. */
  tell(thread: LoadedThread, request: CodexTurnRequest, launch: TurnLaunch): void;
}

/** Makes it. */
export function createAttaching({ files, keeper, openThreads, codexHome, logger }: AttachingOptions): Attaching {
  if (files === undefined) return { keeper, openThreads, chooseFolder: () => undefined, tell: () => {} };
  let refused: string | undefined;
  let isTold = false;
  const onRefused = (reason: string): void => {
    refused = reason;
    isTold = false;
    logger.warn({ reason }, "the app server is not opened to terminals");
  };
  return {
    keeper: createAttachKeeper(keeper, onRefused),
    openThreads: {
      ...openThreads,
      drop: (threadId) => {
        openThreads.drop(threadId);
        files.drop(threadId);
      },
    },
    chooseFolder: (request, launch) =>
      whyNotAttachable(request, launch) === undefined ? files.socketFolder : undefined,
    tell: (thread, request, launch) => {
      const { socket } = thread;
      const why = socket === undefined ? (whyNotAttachable(request, launch) ?? refused) : undefined;
      const { threadId } = thread.as;
      files.tell({ threadId, socket, why, codex: launch.file, codexHome, threadCwd: request.frame.cwd });
      const count = thread.others.takeCount();
      if (count > 0) thread.warn(toTurnsBetween(count));
      if (socket !== undefined || refused === undefined || isTold) return;
      isTold = true;
      thread.warn(`BRIDGE_ATTACH=1 has no effect on this thread: ${refused}`);
    },
  };
}

function toTurnsBetween(count: number): string {
  const what = count === 1 ? "a turn" : `${count} turns`;
  return `The user ran ${what} in this thread in a terminal since your last one, which you have not seen.`;
}
