// The way to a server that listens on a socket: WebSocket over a Unix socket, one message a line (docs/codex-cli.md#app-server-socket).
import type { RawData, WebSocket } from "ws";

/** An open connection. */
export interface SocketWire {
  /** Sends a line, without its newline. */
  send(line: string): void;
  /** Bytes that wait for the server to read them. */
  readonly unreadBytes: number;
  /** Cuts it. */
  close(): void;
}

/** Who hears what comes. */
export interface WireListener {
  readonly onLine: (line: string) => void;
  /** A message was too long to read; `head` is its beginning. */
  readonly onLongLine: (bytes: number, head: string) => void;
  /** Called once, however the connection ends. */
  readonly onClose: () => void;
}

/** As for the lines of a program (`process/program.ts`). */
const MOST_LINE_BYTES = 67_108_864;
/** A longer message ends the connection. */
const MOST_MESSAGE_BYTES = 402_653_184;
const HEAD_BYTES = 4_096;
const OPEN_MS = 5_000;

/** Connects. Rejects with the system's error, or where what answers speaks no WebSocket. */
export async function openSocketWire(path: string, listener: WireListener): Promise<SocketWire> {
  const { WebSocket: Client } = await import("./web-socket.ts");
  const socket = new Client(`ws+unix:${path}:/`, {
    perMessageDeflate: false,
    handshakeTimeout: OPEN_MS,
    maxPayload: MOST_MESSAGE_BYTES,
  });
  await untilOpen(socket);
  socket.on("message", (data) => take(data, listener));
  socket.once("close", listener.onClose);
  return {
    send: (line) => socket.send(line, () => {}),
    get unreadBytes() {
      return socket.bufferedAmount;
    },
    close: () => socket.terminate(),
  };
}

function untilOpen(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("open", resolve);
    // Later errors are followed by `close`, which says enough.
    socket.on("error", reject);
  });
}

function take(data: RawData, { onLine, onLongLine }: WireListener): void {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
  if (bytes.length > MOST_LINE_BYTES) onLongLine(bytes.length, bytes.toString("utf8", 0, HEAD_BYTES));
  else onLine(bytes.toString("utf8"));
}
