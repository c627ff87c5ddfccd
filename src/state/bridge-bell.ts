// Proof that a bridge lives which other bridges with the same state folder can see, also from another container: a unix socket. To connect is
// the proof; it holds even while the bridge is suspended. Nothing is read or written, since any sandboxed command with network can connect.
// A refused connection proves nothing: the folder may be seen through another file system layer (observed with overlayfs), or another kernel.
import { randomBytes } from "node:crypto";
import { chmodSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { listFolder, makePrivateFolder, removeQuietly, toFileErrorCode } from "./private-files.ts";

/** A bridge's own socket. */
export interface BridgeBell {
  /** File name of the socket in the folder of bells. */
  readonly name: string;
  /** Starts to listen. Never throws, and never keeps the process alive. */
  open(): void;
  /** Stops, and removes the socket. */
  close(): void;
}

/** Form of a bell's name: nothing else is connected to, or removed. */
export const BELL_NAME = /^[0-9a-f]{12}$/;

/** A longer path is cut without an error by Node 20, and a socket appears under another name. */
const MOST_PATH_BYTES = process.platform === "linux" ? 107 : 103;
/** More connections than this within `FLOOD_MS` are a flood: the bell closes for `QUIET_MS`, so that a flood costs nothing. */
const MOST_CONNECTIONS = 32;
const FLOOD_MS = 1_000;
const QUIET_MS = 5_000;
const RING_TIMEOUT_MS = 1_000;
/** Connections that are made at the same time. */
const MOST_RINGS = 8;

const toPath = (stateDir: string, name: string): string => join(stateDir, "bridges", name);
/** Whether a socket's path is longer than the system takes. */
export const isSocketPathTooLong = (path: string): boolean => Buffer.byteLength(path) > MOST_PATH_BYTES;

/**
 * Creates the bell of this process. `onUnavailable` is called once where it cannot listen: then the renewal of locks is the only proof.
 * `onRing` is called when somebody connects. Anybody may, so a ring says no more than "look".
 */
export function createBridgeBell(
  stateDir: string,
  onUnavailable: (reason: unknown) => void,
  onRing: () => void = () => {},
): BridgeBell {
  const name = randomBytes(6).toString("hex");
  const path = toPath(stateDir, name);
  let server: Server | undefined;
  let isOpen = false;
  let isTold = false;
  let pause: NodeJS.Timeout | undefined;

  function fail(reason: unknown): void {
    if (!isTold) onUnavailable(reason);
    isTold = true;
  }

  function stop(): void {
    server?.close();
    server = undefined;
  }

  function quieten(): void {
    stop();
    pause = setTimeout(listen, QUIET_MS).unref();
  }

  function listen(): void {
    const isFlood = createFloodWatch();
    try {
      makePrivateFolder(toPath(stateDir, ""));
      const own = createServer({ pauseOnConnect: true }, (socket) => {
        socket.on("error", () => {}).destroy();
        onRing();
        if (isFlood() && server === own) quieten();
      });
      own.on("error", fail);
      server = own.listen(path).unref();
      // The folder's mode keeps others out until then.
      own.once("listening", () => quietly(() => chmodSync(path, 0o600)));
    } catch (error) {
      fail(error);
    }
  }

  return {
    name,
    open: () => {
      if (isOpen) return;
      isOpen = true;
      if (isSocketPathTooLong(path)) fail(`the path of its socket is longer than ${MOST_PATH_BYTES} bytes`);
      else listen();
    },
    close: () => {
      isOpen = false;
      clearTimeout(pause);
      stop();
    },
  };
}

/** One bell for several users: it is open while at least one of them has it open. */
export function shareBell(bell: BridgeBell): () => BridgeBell {
  const openFor = new Set<object>();
  return () => {
    const user = {};
    return {
      name: bell.name,
      open: () => {
        openFor.add(user);
        bell.open();
      },
      close: () => {
        openFor.delete(user);
        if (openFor.size === 0) bell.close();
      },
    };
  };
}

/** `undefined`: it could not be found out. */
export type RingAnswer = "answered" | "refused" | undefined;

let rings = 0;

/** Connects to the bell of another bridge. Never rejects. */
export async function ringBell(stateDir: string, name: string): Promise<RingAnswer> {
  return BELL_NAME.test(name) ? ringSocket(toPath(stateDir, name)) : undefined;
}

/** Connects to a socket, and says no more. Never rejects. */
export async function ringSocket(path: string): Promise<RingAnswer> {
  if (isSocketPathTooLong(path) || rings >= MOST_RINGS) return undefined;
  rings += 1;
  try {
    return await tryConnect(path);
  } finally {
    rings -= 1;
  }
}

function tryConnect(path: string): Promise<RingAnswer> {
  return new Promise((resolve) => {
    const socket = connect(path).unref();
    const end = (answer: RingAnswer): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(answer);
    };
    const late = setTimeout(() => end(undefined), RING_TIMEOUT_MS).unref();
    socket.once("connect", () => end("answered"));
    socket.on("error", (error) => end(toAnswer(toFileErrorCode(error))));
  });
}

function toAnswer(code: unknown): RingAnswer {
  // A full queue of connections belongs to a socket that is open.
  if (code === "EAGAIN") return "answered";
  return code === "ECONNREFUSED" || code === "ENOENT" ? "refused" : undefined;
}

/** Removes the sockets of bridges that died, if they are older than `before` (epoch ms) and refuse a connection. */
export async function sweepBells(stateDir: string, before: number, signal: AbortSignal): Promise<void> {
  for (const name of listFolder(toPath(stateDir, ""))) {
    if (signal.aborted) return;
    const path = toPath(stateDir, name);
    const stat = BELL_NAME.test(name) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (stat?.isSocket() !== true || stat.mtimeMs >= before) continue;
    if ((await ringBell(stateDir, name)) === "refused") removeQuietly(path);
  }
}

// Returns whether this call is one too many in the running second.
function createFloodWatch(): () => boolean {
  let since = performance.now();
  let count = 0;
  return () => {
    if (performance.now() - since > FLOOD_MS) {
      since = performance.now();
      count = 0;
    }
    count += 1;
    return count > MOST_CONNECTIONS;
  };
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // The bell was closed again.
  }
}
