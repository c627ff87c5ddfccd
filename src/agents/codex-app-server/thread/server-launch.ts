// How a server is started: with what must hold for every thread. The rest is given with each thread, since threads of different projects
// share a server.
import { join } from "node:path";
import { readStamp } from "../../../files/file-stamp.ts";
import { toFlags } from "../../codex/config/overrides.ts";
import { ONE_CONNECTION_LOOP } from "../../codex/launch/thread-overrides.ts";
import type { TurnLaunch } from "../../codex/launch/turn-launch.ts";
import { MARK_NAME } from "../../turn/run-mark.ts";
import { LOGIN_IN_MEMORY } from "../server/login.ts";
import type { ServerLaunch } from "../server/server-types.ts";

/** Files of Codex's home, besides its config, that decide on whose account a server runs. */
const ONCE_READ = ["auth.json", ".env"];

/** Codex's variable for an API key. It wins over the login. */
const KEY_NAME = "CODEX_API_KEY";

/** Builds it. `stamp` covers what the server reads only once: its login, and the variables in `.env` of Codex's home. */
export function toServerLaunch(
  { file, env, inputs, userFlags }: TurnLaunch,
  codexHome: string,
  socketFolder?: string,
): ServerLaunch {
  const { [MARK_NAME]: _mark, ...shared } = env;
  const { [KEY_NAME]: apiKey } = shared;
  const flags = toFlags([
    ...(apiKey === undefined ? [] : [LOGIN_IN_MEMORY]),
    ONE_CONNECTION_LOOP,
    // A thread is let go of at once (0.160 and later).
    ["thread_unload_delay_secs", 0],
    // A turn's own writable roots would be added to those of the user's config.
    ["sandbox_workspace_write.writable_roots", []],
  ]);
  const read = ONCE_READ.map((name) => readStamp(join(codexHome, name)));
  const stamp = [inputs.binary.stamp, inputs.config.stamp, ...read].join(":");
  return {
    file,
    args: [...userFlags, ...flags, "app-server"],
    env: shared,
    cwd: codexHome,
    apiKey,
    stamp,
    socketFolder,
  };
}
