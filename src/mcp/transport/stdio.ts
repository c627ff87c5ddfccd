// Our own stdio transport, since the SDK's ignores EOF, crashes on EPIPE and stops at a line of 10 MiB
// (docs/mcp.md#transport-of-the-sdk). This one answers bad lines, survives long ones, treats EOF and EPIPE as the end, and holds requests back
// while too many answers are left unread.
import type { Readable, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { createLineSplitter } from "../../domain/line-splitter.ts";
import {
  findRefusal,
  INVALID_REQUEST,
  isMessage,
  isRequest,
  type Refusal,
  toBareMessage,
  toCancelledId,
  toUsableId,
} from "./envelope.ts";
import { createHeldLines } from "./held-lines.ts";
import { createRequestIds } from "./request-ids.ts";
import { type Parsed, parseJson, toWellFormedJson } from "./wire-json.ts";

/** The streams of a transport. */
export interface StdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Called once, when the connection has ended. */
  readonly onEnd?: () => void;
}

/** Longest line that is read. A longer one is answered with -32600 and skipped. */
const MAX_LINE_BYTES = 33_554_432;
/** Bytes that may wait to be written before requests have to wait too. A single message may be longer. */
const MAX_UNWRITTEN = 16_777_216;
/** Memory for an answer until it is written, besides its bytes: the SDK keeps its request until then, about 2.5 kB. */
const MESSAGE_OVERHEAD = 2_560;
const PARSE_ERROR = -32_700;
const INTERNAL_ERROR = -32_603;

/**
 * Makes the transport. It calls `onclose` and `onEnd` once: on EOF, on an error of a stream, or on `close`.
 * `send` resolves once the message is flushed or the connection has ended. It never rejects.
 */
export function createStdioTransport(options: StdioOptions): Transport {
  return new StdioTransport(options);
}

class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #onEnd: (() => void) | undefined;
  readonly #ids = createRequestIds();
  #isClosed = false;
  /** Sends that wait to be flushed. A closed stream would never confirm them. */
  readonly #waiting = new Set<() => void>();
  readonly #held = createHeldLines({
    isFull: () => this.#output.writableLength + this.#waiting.size * MESSAGE_OVERHEAD > MAX_UNWRITTEN,
    onLine: (line) => this.#takeLine(parseJson(line)),
    onFull: () => this.#input.pause(),
    onRoom: () => this.#input.resume(),
  });

  constructor({ input, output, onEnd }: StdioOptions) {
    this.#input = input;
    this.#output = output;
    this.#onEnd = onEnd;
  }

  async start(): Promise<void> {
    const splitter = createLineSplitter(
      {
        onLine: (line) => this.#readLine(line),
        onLongLine: (bytes) =>
          this.#refuse(
            { code: INVALID_REQUEST, message: `Line of ${bytes} bytes is too long; the limit is ${MAX_LINE_BYTES}` },
            null,
          ),
      },
      MAX_LINE_BYTES,
    );
    const end = (): void => this.#end();
    const fail = (error: Error): void => {
      if (!this.#isClosed) this.onerror?.(error);
      this.#end();
    };
    this.#input.on("data", (chunk: Buffer) => splitter.push(chunk));
    this.#input.on("end", end).on("close", end).on("error", fail);
    // The listener stays after the end: a late write to a broken pipe must not crash the process.
    this.#output.on("close", end).on("error", fail);
  }

  send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const told = this.#ids.giveOut(message);
    const line = told === undefined ? undefined : this.#toLine(told);
    if (line === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      this.#write(line, done);
    });
  }

  async close(): Promise<void> {
    this.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#held.clear();
    this.#input.pause();
    for (const done of [...this.#waiting]) done();
    this.onclose?.();
    this.#onEnd?.();
  }

  #readLine(line: string): void {
    if (this.#isClosed || line.trim() === "") return;
    const parsed = parseJson(line);
    if (this.#held.isNeeded() && isAnswered(parsed)) this.#held.hold(line, toUsableId(parsed?.value));
    else this.#takeLine(parsed);
  }

  #takeLine(parsed: Parsed | undefined): void {
    if (this.#isClosed) return;
    if (parsed === undefined) {
      this.#refuse({ code: PARSE_ERROR, message: "Parse error: the line is not JSON" }, null);
      return;
    }
    const { value } = parsed;
    const refusal = findRefusal(value);
    if (refusal !== undefined) this.#refuse(refusal, toUsableId(value));
    else if (isMessage(value)) this.#takeMessage(value);
  }

  #takeMessage(message: JSONRPCMessage): void {
    const cancelledId = toCancelledId(message);
    if (cancelledId !== undefined) this.#held.drop(cancelledId);
    const taken = this.#ids.takeIn(toBareMessage(message));
    if (taken.length === 0 && !("method" in message)) this.onerror?.(new Error("An answer to nothing that was asked"));
    for (const each of taken) this.#deliver(each);
  }

  // The SDK writes unknown messages into errors by JSON.stringify, which overflows the stack on deep nesting. No line may end the server.
  #deliver(message: JSONRPCMessage): void {
    try {
      this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(new Error("A message could not be taken", { cause: error }));
      if (!("method" in message && "id" in message)) return;
      void this.send({ jsonrpc: "2.0", id: message.id, error: { code: INTERNAL_ERROR, message: "Internal error" } });
    }
  }

  // An answer that cannot be written is replaced by an error, otherwise its caller would wait for ever.
  #toLine(message: JSONRPCMessage): string | undefined {
    try {
      return `${toWellFormedJson(message)}\n`;
    } catch (error) {
      this.onerror?.(new Error("A message cannot be written as JSON", { cause: error }));
      const id = "method" in message ? null : toUsableId(message);
      if (id !== null) this.#answerError(INTERNAL_ERROR, "Internal error: the answer cannot be written as JSON", id);
      return undefined;
    }
  }

  #refuse({ code, message }: Refusal, id: string | number | null): void {
    if (this.#isClosed) return;
    this.onerror?.(new Error(message));
    this.#answerError(code, message, id);
  }

  #answerError(code: number, message: string, id: string | number | null): void {
    // JSON-RPC 2.0 answers with id null if the request's id is unknown. The SDK's type does not allow that.
    if (!this.#isClosed) this.#write(`${JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } })}\n`, () => {});
  }

  #write(line: string, onWritten: () => void): void {
    this.#output.write(line, () => {
      onWritten();
      this.#held.release();
    });
  }
}

function isAnswered(parsed: Parsed | undefined): boolean {
  return parsed === undefined || isRequest(parsed.value) || findRefusal(parsed.value) !== undefined;
}
