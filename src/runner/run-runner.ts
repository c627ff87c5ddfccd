// A runner: a bridge without MCP. It takes calls from the bridge that started it, and goes on after that bridge until its jobs have ended.
// Other bridges see its jobs on record, and reach it as they reach each other: by files and its bell.
import type { Readable, Writable } from "node:stream";
import type { Jobs } from "../delegation/jobs/job.ts";
import type { CodexFlags } from "../domain/codex-flags.ts";
import { createLineSplitter } from "../domain/line-splitter.ts";
import type { Logger } from "../domain/logger.ts";
import type { ToolCaller } from "../mcp/call-tool.ts";
import type { BridgeBell } from "../state/bridge-bell.ts";
import type { HolderJudge } from "../state/holder-judge.ts";
import type { RunnerFiles, StoredRunner } from "../state/runner-files.ts";
import { BridgeLineSchema, MAX_LINE_BYTES, parseLine, type RunnerLine, toLineText } from "./runner-lines.ts";
import { createServedCalls, type ServedCalls } from "./served-calls.ts";
import { describeStartFailure } from "./start-failure.ts";

/** What the program gives its runner. */
export interface RunnerParts {
  readonly callTool: ToolCaller;
  readonly jobs: Jobs;
  readonly files: RunnerFiles;
  readonly judge: HolderJudge;
  /** This runner, as others see it. */
  readonly self: StoredRunner;
  /** Open as long as it lives. */
  readonly bell: BridgeBell;
  readonly onRing: (listener: () => void) => void;
}

/** Options of serveRunner. */
export interface RunnerOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Builds the bridge. Throws where it cannot work. */
  readonly open: (flags: CodexFlags) => Promise<RunnerParts>;
  /** Called when nothing is left to do; a second call says nothing new. */
  readonly onIdle: (reason: string) => void;
  readonly logger: Logger;
  readonly stopMs?: number;
}

/** A runner that has begun. */
export interface Runner {
  /** Takes it from the record. */
  close(): void;
}

/** How often it looks whether it is idle or asked to end. A ring comes at once. */
const LOOK_MS = 500;
/** A runner that is asked to end does so after this time, whatever has not ended: a full disk, or a suspended bridge. */
const STOP_MS = 6_000;
/** Progress is left out while so much of what was said is unread: the bridge may be suspended. */
const MOST_UNREAD = 1_048_576;

/** Serves until the bridge is gone and no job is left, or until it is asked to end. */
export function serveRunner(options: RunnerOptions): Runner {
  return new RunningRunner(options);
}

class RunningRunner implements Runner {
  readonly #options: RunnerOptions;
  #parts: RunnerParts | undefined;
  #calls: ServedCalls | undefined;
  #opening: Promise<void> | undefined;
  #isOrphan = false;
  #isStopping = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { input, output, logger } = options;
    const onLongLine = (bytes: number): void => logger.error({ bytes }, "line too long");
    const splitter = createLineSplitter({ onLine: (line) => this.#take(line), onLongLine }, MAX_LINE_BYTES);
    input.on("data", (chunk: Buffer) => splitter.push(chunk));
    for (const event of ["end", "close", "error"]) input.once(event, () => this.#orphan());
    // The bridge has ended. Its pipe is of no use any more, and its end is seen on stdin.
    output.on("error", () => {});
  }

  close(): void {
    clearInterval(this.#timer);
    const { bell, files, self } = this.#parts ?? {};
    bell?.close();
    if (self !== undefined) files?.remove(self.bell);
  }

  #take(text: string): void {
    const line = parseLine(text, BridgeLineSchema);
    if (line === undefined) {
      this.#options.logger.error({ bytes: text.length }, "the bridge says what it cannot");
      return;
    }
    if (line.kind === "begin") this.#opening ??= this.#open({ overrides: line.overrides, profile: line.profile });
    else void this.#opening?.then(() => this.#calls?.take(line));
  }

  async #open(flags: CodexFlags): Promise<void> {
    try {
      const parts = await this.#options.open(flags);
      const { callTool, jobs, files, judge, self, bell, onRing } = parts;
      // Files of dead runners are removed.
      files.list(judge);
      files.write(self);
      this.#parts = parts;
      bell.open();
      onRing(() => this.#look());
      this.#calls = createServedCalls({ callTool, jobs, send: (line) => this.#send(line) });
      this.#send({ kind: "ready" });
    } catch (error) {
      this.#options.logger.error({ err: error }, "the runner cannot work");
      this.#send({ kind: "unable", why: describeStartFailure(error) });
      this.#isStopping = true;
    }
    if (this.#isOrphan) this.#calls?.abandon();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  #send(line: RunnerLine): void {
    const { output } = this.#options;
    if (this.#isOrphan || !output.writable) return;
    if (line.kind === "report" && output.writableLength > MOST_UNREAD) return;
    output.write(toLineText(line));
  }

  // The bridge has ended, in whatever way.
  #orphan(): void {
    if (this.#isOrphan) return;
    this.#isOrphan = true;
    this.#calls?.abandon();
    if (this.#opening === undefined) this.#options.onIdle("nobody began");
  }

  #look(): void {
    const { files, self, jobs } = this.#parts ?? {};
    if (self !== undefined && files?.takeStop(self.bell) === true) void this.#stop();
    if (self !== undefined) files?.restore(self);
    this.#calls?.review();
    // Jobs that wait for the reset of a usage limit are why it stays, but not if it is asked to end: a later bridge starts them.
    const hasJobs = (jobs?.liveIds().length ?? 0) > 0 || (!this.#isStopping && jobs?.hasParked() === true);
    if (this.#calls?.isBusy === true || hasJobs || !(this.#isOrphan || this.#isStopping)) return;
    clearInterval(this.#timer);
    // What was said last is to be read.
    const { output, onIdle } = this.#options;
    const end = (): void => onIdle(this.#isStopping ? "asked to end" : "no job is left");
    if (this.#isOrphan || !output.writable) end();
    else output.end(end);
  }

  async #stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { onIdle, stopMs = STOP_MS } = this.#options;
    setTimeout(() => onIdle("asked to end"), stopMs);
    this.#options.logger.info({}, "the user ends this runner");
    this.#calls?.abandon();
    const { jobs } = this.#parts ?? {};
    await Promise.all((jobs?.liveIds() ?? []).map((id) => jobs?.cancel(id).catch(() => undefined)));
    this.#look();
  }
}
