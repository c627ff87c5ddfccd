// Our own stdio transport: the SDK's dies of a 10 MiB line, does not notice EOF, crashes on EPIPE and drops bad lines in silence
// (facts: MCP, sections 1 and 4). This one answers bad lines, survives long ones, and treats EOF and EPIPE as the end.
import type { Readable, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { isRecord } from "../domain/guards.ts";
import { createLineSplitter } from "../domain/line-splitter.ts";

/** Streams to speak on. */
export interface StdioOptions {
  readonly input: Readable;
  readonly output: Writable;
}

/** Longest line that is read; a longer one is answered with -32600 and skipped. */
const MAX_LINE_BYTES = 33_554_432;
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

/** Makes the transport. `onclose` is called once: on EOF, on an error of a stream, or on `close`. */
export function createStdioTransport(options: StdioOptions): Transport {
  return new StdioTransport(options);
}

class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  #isClosed = false;
  /** Ends the waits of sends that a closed stream will never confirm. */
  readonly #closing = new AbortController();

  constructor({ input, output }: StdioOptions) {
    this.#input = input;
    this.#output = output;
  }

  async start(): Promise<void> {
    const splitter = createLineSplitter(
      {
        onLine: (line) => this.#readLine(line),
        onLongLine: (bytes) =>
          this.#refuse(INVALID_REQUEST, `Line of ${bytes} bytes is too long; the limit is ${MAX_LINE_BYTES}`, null),
      },
      MAX_LINE_BYTES,
    );
    const end = (): void => this.#end();
    this.#input.on("data", (chunk: Buffer) => splitter.push(chunk));
    for (const event of ["end", "close", "error"]) this.#input.on(event, end);
    // Stays after the end: a late write to a broken pipe must not crash.
    for (const event of ["close", "error"]) this.#output.on(event, end);
  }

  send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const { signal } = this.#closing;
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      this.#output.write(`${JSON.stringify(message)}\n`, done);
    });
  }

  async close(): Promise<void> {
    this.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closing.abort();
    this.#input.pause();
    this.onclose?.();
  }

  #readLine(line: string): void {
    if (this.#isClosed || line.trim() === "") return;
    const parsed = parse(line);
    if (parsed === undefined) {
      this.#refuse(PARSE_ERROR, "Parse error: the line is not JSON", null);
      return;
    }
    const fault = findFault(parsed.value);
    if (fault !== undefined) {
      this.#refuse(INVALID_REQUEST, `Invalid request: ${fault}`, toUsableId(parsed.value));
      return;
    }
    if (isMessage(parsed.value)) this.onmessage?.(parsed.value);
  }

  #refuse(code: number, message: string, id: string | number | null): void {
    // JSON-RPC 2.0 answers with id null where the request's cannot be known; the SDK's type has no such id.
    if (!this.#isClosed) this.#output.write(`${JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } })}\n`);
  }
}

function parse(line: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
}

/** What is wrong with an envelope, or undefined. A response is taken as it is: a stray one is the SDK's to ignore. */
function findFault(value: unknown): string | undefined {
  if (Array.isArray(value)) return "batches are not supported";
  if (!isRecord(value)) return "not an object";
  if (value["jsonrpc"] !== "2.0") return 'jsonrpc must be "2.0"';
  if (!("method" in value)) return "result" in value || "error" in value ? undefined : "method is missing";
  if (typeof value["method"] !== "string") return "method must be a string";
  if ("id" in value && toUsableId(value) === null) return "id must be a string or an integer";
  if ("params" in value && !isRecord(value["params"])) return "params must be an object";
  return undefined;
}

function toUsableId(value: unknown): string | number | null {
  const id = isRecord(value) ? value["id"] : undefined;
  return typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id)) ? id : null;
}

// The envelope was checked above; what is inside is checked by the SDK's schema of each method.
function isMessage(value: unknown): value is JSONRPCMessage {
  return isRecord(value);
}
