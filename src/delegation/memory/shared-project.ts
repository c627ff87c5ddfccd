// The name that a project has for everybody who works on it: where its repository is fetched from.
import { join } from "node:path";
import { readSmallTextIfAny } from "../../files/small-file.ts";

/** `github.com/owner/name` of the remote `origin`; undefined where a project has none, or one that is a path of this machine. */
export function findSharedName(project: string): string | undefined {
  let config: string | undefined;
  try {
    config = readSmallTextIfAny(join(project, ".git", "config"));
  } catch {
    // A huge file, or one of somebody else: then the project has no name but its path.
  }
  const section = /^\[remote "origin"\]$([^[]*)/m.exec(config ?? "")?.[1];
  const url = /^[ \t]*url[ \t]*=[ \t]*"?([^\s"]+)"?[ \t]*$/m.exec(section ?? "")?.[1];
  return url === undefined ? undefined : toName(url);
}

/** `https://user:token@host:8443/owner/name.git`, and `git@host:owner/name` as ssh has it. Case does not count, as on most hosts. */
function toName(url: string): string | undefined {
  const [, host, path] =
    /^[a-z+]+:\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?\/(.+)$/i.exec(url) ??
    /^(?:[^/@:]+@)?([^/:]+):(?!\/\/)(.+)$/.exec(url) ??
    [];
  const name = path?.replace(/^\/+|\/+$/g, "").replace(/\.git$/i, "");
  if (host === undefined || host === "" || name === undefined || name === "") return undefined;
  return `${host}/${name}`.toLowerCase();
}
