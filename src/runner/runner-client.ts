// The bridge's side of its runner: starts it, and passes calls to it.
import type { CallContext } from "../delegation/requests.ts";
import type { CodexFlags } from "../domain/codex-flags.ts";
import { createLineSplitter } from "../domain/line-splitter.ts";
import type { Logger } from "../domain/logger.ts";
import type { CalledTool } from "../mcp/call-tool.ts";
import { type DetachedProgram, startDetached } from "../process/detached-program.ts";
import {
  type BridgeLine,
  MAX_LINE_BYTES,
  parseLine,
  type RunnerLine,
  RunnerLineSchema,
  toLineText,
} from "./runner-lines.ts";

/** How a runner is started. */
export interface RunnerStart {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The bridge's own environment, and how deep it is nested: a runner has no ancestors that say so. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly codexFlags: CodexFlags;
  /** Cancels a job that nobody was told of. */
  readonly cancelJob: (id: string) => Promise<unknown>;
  readonly logger: Logger;
  readonly readyMs?: number;
}

/** A runner that takes calls. */
export interface RunnerClient {
  /** Has it run a call of a tool. Gives undefined where it has ended before the call did. Never rejects. */
  call(tool: string, args: Readonly<Record<string, unknown>>, call: CallContext): Promise<CalledTool | undefined>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** Lets go of it: it goes on until its jobs have ended. */
  close(): void;
}

/** A runner needs about as long as a bridge; on a busy machine much longer. */
const READY_MS = 10_000;

interface OpenCall {
  readonly context: CallContext;
  /** Its open questions, by key: each is withdrawn by its controller. */
  readonly asked: Map<number, AbortController>;
  readonly settle: (called: CalledTool | undefined) => void;
}

/** Starts a runner. Rejects with an Error that says why there is none. */
export async function startRunner(options: RunnerStart): Promise<RunnerClient> {
  const { file, args, cwd, env, codexFlags, readyMs = READY_MS } = options;
  const program = startDetached(file, args, { cwd, env });
  const calls = new RunnerCalls(program, options);
  const { overrides, profile } = codexFlags;
  calls.send({ kind: "begin", overrides: [...overrides], ...(profile === undefined ? {} : { profile }) });
  let late: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      calls.ready,
      program.ended.then(({ code, error }) => {
        throw error ?? new Error(`its program ended at once (exit code ${code})`);
      }),
      new Promise((_resolve, reject) => {
        late = setTimeout(() => reject(new Error(`it was not ready within ${readyMs} ms`)), readyMs);
      }),
    ]);
    return calls;
  } catch (error) {
    program.kill();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

class RunnerCalls implements RunnerClient {
  readonly ended: Promise<void>;
  readonly ready: Promise<void>;
  readonly #program: DetachedProgram;
  readonly #options: Pick<RunnerStart, "cancelJob" | "logger">;
  /** A call whose job goes on stays: the job may ask the client's user. */
  readonly #open = new Map<number, OpenCall>();
  #settleReady: { readonly resolve: () => void; readonly reject: (why: Error) => void } | undefined;
  #count = 0;
  #hasEnded = false;

  constructor(program: DetachedProgram, options: Pick<RunnerStart, "cancelJob" | "logger">) {
    this.#program = program;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => {});
    const splitter = createLineSplitter(
      { onLine: (line) => this.#take(line), onLongLine: (bytes) => options.logger.error({ bytes }, "line too long") },
      MAX_LINE_BYTES,
    );
    program.output.on("data", (chunk: Buffer) => splitter.push(chunk));
    this.ended = program.ended.then(() => {
      this.#hasEnded = true;
      for (const { settle } of this.#open.values()) settle(undefined);
      this.#open.clear();
    });
  }

  send(line: BridgeLine): void {
    if (this.#program.input.writable) this.#program.input.write(toLineText(line));
  }

  async call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    context: CallContext,
  ): Promise<CalledTool | undefined> {
    // A runner that has ended takes no line and gives no answer.
    if (this.#hasEnded) return undefined;
    this.#count += 1;
    const call = this.#count;
    const { signal, canReport, canTask, caller, askUser, listRoots } = context;
    const cancel = (): void => this.send({ kind: "cancel", call });
    const called = new Promise<CalledTool | undefined>((settle) =>
      this.#open.set(call, { context, asked: new Map(), settle }),
    );
    const can = { canReport, canTask, canAsk: askUser !== undefined, canListRoots: listRoots !== undefined };
    this.send({ kind: "call", call, tool, args, ...can, caller });
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    const end = await called;
    signal.removeEventListener("abort", cancel);
    return end;
  }

  close(): void {
    this.#program.input.end();
  }

  #take(text: string): void {
    const line = parseLine(text, RunnerLineSchema);
    if (line === undefined) this.#options.logger.error({ line: text.slice(0, 200) }, "the runner says what it cannot");
    else if (line.kind === "ready") this.#settleReady?.resolve();
    else if (line.kind === "unable") this.#settleReady?.reject(new Error(line.why));
    else this.#takeOfCall(line);
  }

  #takeOfCall(line: Exclude<RunnerLine, { kind: "ready" | "unable" }>): void {
    const open = this.#open.get(line.call);
    if (open === undefined) return;
    const { call } = line;
    const { context, settle } = open;
    switch (line.kind) {
      case "report":
        context.report(line.message);
        break;
      case "ask":
        this.#ask(line, open);
        break;
      case "unask":
        open.asked.get(line.key)?.abort();
        break;
      case "askRoots":
        void context.listRoots?.().then((paths) => {
          const known = paths === undefined ? {} : { paths: [...paths] };
          this.send({ kind: "roots", call, key: line.key, ...known });
        });
        break;
      case "end":
        if (line.job === undefined) this.#open.delete(call);
        settle(this.#toCalled(line));
        break;
      case "over":
        this.#open.delete(call);
        break;
    }
  }

  #ask({ call, key, question }: Extract<RunnerLine, { kind: "ask" }>, { context, asked }: OpenCall): void {
    const withdrawal = new AbortController();
    asked.set(key, withdrawal);
    void context.askUser?.(question, withdrawal.signal).then((answer) => {
      asked.delete(key);
      this.send({ kind: "answer", call, key, answer });
    });
  }

  #toCalled({ result, job }: Extract<RunnerLine, { kind: "end" }>): CalledTool | undefined {
    if (result === undefined || job === undefined) return result && { result };
    const { id, handle } = job;
    const { cancelJob, logger } = this.#options;
    const drop = (): void =>
      void cancelJob(id).catch((error: unknown) => logger.error({ err: error, id }, "a job was not cancelled"));
    return { result, task: { jobId: id, handle, drop } };
  }
}
