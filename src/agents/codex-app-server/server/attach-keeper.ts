// A keeper whose servers listen on a socket where that is safe. Where it is not, or fails, the same server runs without one.
import { BridgeError } from "../../../domain/errors.ts";
import type { ServerKeeper, ServerLaunch } from "./server-types.ts";

/** Makes it. `onRefused` is called once for each kind of server that runs without a socket, with the reason as a sentence. */
export function createAttachKeeper(keeper: ServerKeeper, onRefused: (reason: string) => void): ServerKeeper {
  const refused = new Set<string>();
  return {
    take: async (launch, signal) => {
      const plain: ServerLaunch = { ...launch, socketFolder: undefined };
      const kind = JSON.stringify(launch);
      if (launch.socketFolder === undefined || refused.has(kind)) return keeper.take(plain, signal);
      try {
        return await keeper.take(launch, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof BridgeError && error.code === "CANCELLED") throw error;
        // A server that fails for another reason fails without a socket too, and then says so.
        if (!refused.has(kind)) onRefused(error instanceof Error ? error.message : String(error));
        refused.add(kind);
        return keeper.take(plain, signal);
      }
    },
    close: () => keeper.close(),
  };
}
