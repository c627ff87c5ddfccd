// The home that an agent has in a sandbox: one for each thread, with the user's settings and login as links. So it can write down its sessions,
// and neither change the user's settings nor what another thread has written.
import { existsSync, lstatSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeCalleeFolder, openCalleeFolder, toCalleeFolder } from "../../../state/callee-folders.ts";
import type { AcpLaunchOptions } from "./acp-launch.ts";

/** Folders of a thread. */
export interface AgentHome {
  readonly path: string;
  readonly tmp: string;
  /** What the agent finds it by. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes it where it is not there. Throws what the file system throws. */
  open(now: number): void;
}

const HOME = "home";
const TMP = "tmp";

/** The home of a thread, whether it is there or not. */
export function toAgentHome(
  { agent, home, stateDir }: Pick<AcpLaunchOptions, "agent" | "home" | "stateDir">,
  threadId: string,
): AgentHome {
  const path = toCalleeFolder(stateDir, agent.id, threadId);
  const own = join(path, HOME);
  return {
    path,
    tmp: join(path, TMP),
    env: { [agent.homeVariable]: own },
    open: (now) => {
      openCalleeFolder(path, [HOME, TMP], now);
      for (const name of agent.homeFiles) link(join(home, name), own, name);
    },
  };
}

// What the agent has put in a link's place is its own; what it has put in the place of a folder is not kept.
function link(theirs: string, home: string, name: string): void {
  if (!existsSync(theirs)) return;
  const folders = dirname(name)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  const own = join(makeCalleeFolder(home, folders), basename(name));
  if (lstatSync(own, { throwIfNoEntry: false }) === undefined) symlinkSync(theirs, own);
}
