// What a server is sent: through its stdin, or through the socket on which it listens.
import { PassThrough } from "node:stream";
import { findSocket } from "./listening.ts";
import { openSocketWire, type SocketWire, type WireListener } from "./socket-wire.ts";

/** Bytes that wait in the bridge for a server that does not read them. With more it is ended. */
const MOST_UNREAD_BYTES = 134_217_728;
/** Pause between two looks for the socket of a server that starts. */
const LOOK_MS = 10;

/** The way to a server. */
export class ServerWire {
  /** Stdin of the started program. A server that listens reads nothing from it, and is ended by its guard when it closes. */
  readonly input = new PassThrough();
  #socket: SocketWire | undefined;

  /** `onBroken` is called when the server's stdin has closed, however that came. */
  constructor(onBroken: () => void) {
    // How the process ends tells what has happened, not the pipe's error.
    this.input.on("error", () => {});
    this.input.once("close", onBroken);
  }

  /**
   * Waits for a server's socket and connects. `mayCome` says whether it may still appear; once it may not, nothing is sent. Rejects with
   * AttachRefused, the signal's reason or the system's error.
   */
  async connect(path: string, mayCome: () => boolean, listener: WireListener, signal: AbortSignal): Promise<void> {
    while (!findSocket(path)) {
      signal.throwIfAborted();
      if (!mayCome()) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    this.#socket = await openSocketWire(path, listener);
  }

  /** Sends a line, without its newline. Returns whether the server reads what it is sent. */
  send(line: string): boolean {
    if (this.#socket !== undefined) this.#socket.send(line);
    else if (this.input.writable) this.input.write(`${line}\n`);
    else return true;
    return (this.#socket?.unreadBytes ?? this.input.writableLength) <= MOST_UNREAD_BYTES;
  }

  /** Closes stdin, on which the server exits. */
  end(): void {
    this.input.end();
  }

  /** Cuts everything. */
  destroy(): void {
    this.input.destroy();
    this.#socket?.close();
  }
}
