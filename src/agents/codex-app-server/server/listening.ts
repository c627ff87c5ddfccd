// How a server is started so that other programs of the user can connect to it, and where its socket lies (docs/codex-cli.md#app-server-socket).
import { lstatSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { resolveRealPath } from "../../../files/real-path.ts";
import { removeAttachSocket } from "../../../state/attach-files.ts";
import { isSocketPathTooLong } from "../../../state/bridge-bell.ts";
import { makePrivateFolder } from "../../../state/private-files.ts";
import type { ServerLaunch } from "./server-types.ts";

/** Where a server listens. */
export interface Listening {
  /** Path that was given to the server. */
  readonly path: string;
  /** Removes what a server leaves that was killed. */
  remove(): void;
}

/** The server cannot listen, or must not: the end of "The app server is not open to terminals: …". */
export class AttachRefused extends BridgeError {
  constructor(reason: string, cause?: unknown) {
    super("AGENT_UNSUPPORTED", `The app server cannot be opened to terminals: ${reason}.`, { cause });
    this.name = "AttachRefused";
  }
}

/**
 * A listening server reads no stdin, and would outlive a bridge that was killed. So a shell waits for the end of the bridge's pipe and ends it.
 * The first SIGTERM lets a running turn end, the second one does not (0.160, 0.169).
 */
const GUARD = `exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ cat <&3; kill "$server"; sleep 0.2; kill "$server"; sleep 2; kill -9 "$server"; } >/dev/null 2>&1 & guard=$!
exec 3<&-
wait "$server"; code=$?
kill "$guard" 2>/dev/null
exit "$code"`;

/** Chooses the path of a server's socket in its folder. `name` must be one that nobody can guess. Throws AttachRefused. */
export function chooseSocket(folder: string, name: string): Listening {
  const path = join(folder, `${name}.sock`);
  if (isSocketPathTooLong(path)) throw new AttachRefused(`the path of its socket is too long (${path})`);
  try {
    makePrivateFolder(folder);
    const stat = statSync(folder);
    if (!isPrivate(stat)) throw new AttachRefused(`other users can reach ${folder}`);
  } catch (error) {
    if (error instanceof AttachRefused) throw error;
    throw new AttachRefused(`${folder} cannot be used (${String(error)})`, error);
  }
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw new AttachRefused(`${path} is there already`);
  return { path, remove: () => removeAttachSocket(path) };
}

/** What is started instead of the server's program, so that it listens at `path`. */
export function toListening({ file, args }: ServerLaunch, path: string): Pick<ServerLaunch, "file" | "args"> {
  return { file: "/bin/sh", args: ["-c", GUARD, "sh", file, ...args, "--listen", `unix://${path}`] };
}

/** Whether the server has made its socket. Throws AttachRefused for one that another user could have made, or can reach. */
export function findSocket(path: string): boolean {
  const socket = statSync(path, { throwIfNoEntry: false });
  if (socket === undefined) return false;
  if (!socket.isSocket()) throw new AttachRefused(`${path} is no socket`);
  // Codex makes the socket in a folder of its own, and a link to it at the path.
  const folder = statSync(dirname(resolveRealPath(path)));
  if (!isPrivate(socket) || !isPrivate(folder)) throw new AttachRefused("other users can reach its socket");
  return true;
}

function isPrivate({ uid, mode }: Stats): boolean {
  return uid === process.getuid?.() && (mode & 0o077) === 0;
}
