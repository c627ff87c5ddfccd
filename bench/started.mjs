// A program as a server has started it, sandbox and all, to be started once more by hand: what it costs without the server.
import { readdirSync, readFileSync } from "node:fs";

/** By this variable the server would take the second one for its own. */
const MARK = "BRIDGE_RUN";

/** Command line and environment of the child of a process whose command line has a word; undefined where there is none, or no /proc. */
export function findStarted(parent, word) {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [, rest] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/\) (?=[A-Z] )/);
      if (Number(rest.split(" ")[1]) !== parent) continue;
      const [file, ...args] = readParts(pid, "cmdline");
      if (!args.includes(word)) continue;
      const env = Object.fromEntries(readParts(pid, "environ").map((part) => part.split(/=(.*)/s).slice(0, 2)));
      const { [MARK]: _, ...others } = env;
      return { file, args, env: others };
    } catch {
      // It has ended.
    }
  }
  return undefined;
}

function readParts(pid, name) {
  return readFileSync(`/proc/${pid}/${name}`, "utf8").split("\0").slice(0, -1);
}
