// One `codex app-server` process: its start, the handshake, its end (docs/codex-cli.md#app-server).
import type { JsonObject } from "../../../domain/json.ts";
import type { Logger } from "../../../domain/logger.ts";
import { type ProgramEnd, type RunningProgram, startProgram } from "../../../process/program.ts";
import type { RunLedger } from "../../../process/run-ledger.ts";
import { NOWHERE } from "../../codex/config/permission-rules.ts";
import { FS_HELPER } from "../../codex/turn/turn-runs.ts";
import { MARK_NAME } from "../../turn/run-mark.ts";
import { waitAtMost } from "../../turn/wait-at-most.ts";
import { proveOutOfReach } from "./attach-probe.ts";
import { RpcConnection } from "./connection.ts";
import { createGate } from "./gate.ts";
import { readHello, saysItLostConfig } from "./greeting.ts";
import { chooseSocket, type Listening, toListening } from "./listening.ts";
import { logIn } from "./login.ts";
import { RequestTimedOut, ServerEnded } from "./server-errors.ts";
import type { GlobalListener, ServerLaunch } from "./server-types.ts";
import { ServerWire } from "./server-wire.ts";
import { SpawnFailed, toStartError } from "./start-errors.ts";

/** What a server is started with, besides its launch. */
export interface ServerParts {
  readonly ledger: RunLedger;
  readonly newId: () => string;
  /** Parameters of `initialize`: `clientInfo` and `capabilities`. */
  readonly hello: JsonObject;
  readonly onGlobal: GlobalListener;
  readonly logger: Logger;
  /** Time limit for the answer to `initialize`. */
  readonly startMs?: number | undefined;
}

/** A running server. */
export interface AppServer {
  readonly connection: RpcConnection;
  /** Path of the socket on which it listens; undefined if it talks to the bridge alone. */
  readonly socket: string | undefined;
  /** Resolves when the process has ended and nothing of its run is left, or when it could not be ended. Never rejects. */
  readonly ended: Promise<void>;
  /** Resolves when it says that it could not read its config and has started with the defaults instead. Such a server is not what the user wants. */
  readonly lostConfig: Promise<void>;
  /** Whether it answers. Asks it only if a request has timed out and nothing was heard since. */
  isAnswering(): Promise<boolean>;
  /** Records the processes of its run, as `RunLedger.remember`. */
  remember(): void;
  /** Closes its stdin, on which it exits by itself. After `graceMs` everything that is left of its run is killed. Never rejects. */
  end(graceMs: number): Promise<void>;
}

/** Measured: 100 to 130 ms. A busy machine takes much longer. */
const START_MS = 10_000;
/** Time in which a server that was silent must answer a question, which it does within a few milliseconds. */
const PROBE_MS = 2_000;
/** A process that the kernel holds may survive even SIGKILL for a while. */
const DYING_MS = 1_000;

/**
 * Starts a server and shakes hands. One that dies meanwhile is started once more. Rejects with an error of `toStartError`, or with the
 * signal's reason. Then nothing of it is running.
 */
export async function startAppServer(
  launch: ServerLaunch,
  parts: ServerParts,
  signal: AbortSignal,
): Promise<AppServer> {
  for (let isRetry = false; ; isRetry = true) {
    signal.throwIfAborted();
    const server = new ServerProcess(launch, parts);
    try {
      await server.start(signal);
      return server;
    } catch (thrown) {
      await server.end(0);
      signal.throwIfAborted();
      const error = toStartError(thrown, launch);
      parts.logger.warn({ err: error, isRetry }, "app server not started");
      if (isRetry || !(thrown instanceof ServerEnded) || error.code === "AGENT_UNSUPPORTED") throw error;
    }
  }
}

class ServerProcess implements AppServer {
  readonly connection: RpcConnection;
  readonly #ended = createGate();
  /** Opens when the process itself has ended. */
  readonly #exited = createGate();
  readonly #lostConfig = createGate();
  readonly #launch: ServerLaunch;
  readonly #parts: ServerParts;
  readonly #runId: string;
  readonly #wire: ServerWire;
  #listening: Listening | undefined;
  #program: RunningProgram | undefined;
  #isOurs = false;
  #hasExited = false;

  constructor(launch: ServerLaunch, parts: ServerParts) {
    this.#launch = launch;
    this.#parts = parts;
    this.#runId = parts.newId();
    const { logger } = parts;
    const isShared = launch.socketFolder !== undefined;
    const onGlobal: GlobalListener = (method, params) => {
      if (saysItLostConfig(method, params)) this.#lostConfig.open();
      parts.onGlobal(method, params);
    };
    this.connection = new RpcConnection({ write: (line) => this.#write(line), onGlobal, logger, isShared });
    this.#wire = new ServerWire(() => this.#lose());
  }

  get socket(): string | undefined {
    return this.#listening?.path;
  }

  get ended(): Promise<void> {
    return this.#ended.opened;
  }

  get lostConfig(): Promise<void> {
    return this.#lostConfig.opened;
  }

  async start(signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const program = await this.#spawn(signal);
    const ended = program.ended.then((end) => this.#close(end));
    if (program.pid === undefined) {
      const { spawnError } = await program.ended;
      await ended;
      signal.throwIfAborted();
      throw new SpawnFailed(spawnError ?? new Error("not started"));
    }
    const { hello, startMs = START_MS, logger } = this.#parts;
    if (this.#listening !== undefined) await this.#connect(this.#listening, startMs, signal);
    this.connection.userAgent = readHello(
      await this.connection.request("initialize", hello, { timeoutMs: startMs, signal }),
    );
    this.connection.notify("initialized");
    if (this.#listening !== undefined) await proveOutOfReach(this.connection, this.#listening.path, signal);
    const { apiKey } = this.#launch;
    if (apiKey !== undefined) await logIn(this.connection, apiKey, { timeoutMs: startMs, signal });
    const ms = Math.round(performance.now() - startedAt);
    logger.info({ run: this.#runId, pid: program.pid, ms, is: this.connection.userAgent }, "app server started");
  }

  async isAnswering(): Promise<boolean> {
    if (!this.connection.isSilent) return true;
    // Any answer will do, a refusal too.
    await this.connection.request("thread/loaded/list", {}, { timeoutMs: PROBE_MS }).catch(() => {});
    return !this.connection.isSilent;
  }

  remember(): void {
    this.#parts.ledger.remember(this.#runId);
  }

  async end(graceMs: number): Promise<void> {
    this.#isOurs = true;
    if (graceMs > 0) this.remember();
    this.#wire.end();
    if (graceMs > 0) await waitAtMost(this.#exited.opened, graceMs);
    await this.#kill();
    if (this.#program !== undefined) await waitAtMost(this.#exited.opened, DYING_MS);
    this.#ended.open();
  }

  async #spawn(signal: AbortSignal): Promise<RunningProgram> {
    const { ledger } = this.#parts;
    const { env, cwd, socketFolder } = this.#launch;
    if (socketFolder !== undefined) this.#listening = chooseSocket(socketFolder, this.#parts.newId());
    const { file, args } =
      this.#listening === undefined ? this.#launch : toListening(this.#launch, this.#listening.path);
    // A thread that is loaded under a profile may lose a helper before a turn of it is on record.
    ledger.begin(this.#runId, `${MARK_NAME}=${this.#runId}`, { helperWords: [FS_HELPER, NOWHERE] });
    const program = await startProgram({
      file,
      args,
      cwd,
      env: { ...env, [MARK_NAME]: this.#runId },
      input: this.#wire.input,
      signal,
      ...this.#toListener(),
    });
    this.#program = program;
    if (program.pid !== undefined) ledger.attach(this.#runId, program.pid);
    return program;
  }

  #toListener() {
    return {
      onLine: (line: string) => this.connection.takeLine(line),
      onLongLine: (bytes: number, head: string) => this.connection.takeLongLine(bytes, head),
    };
  }

  async #connect({ path }: Listening, startMs: number, signal: AbortSignal): Promise<void> {
    const until = performance.now() + startMs;
    const mayCome = (): boolean => {
      if (performance.now() > until) throw new RequestTimedOut("its start", startMs);
      return !this.#hasExited;
    };
    await this.#wire.connect(path, mayCome, { ...this.#toListener(), onClose: () => this.#lose() }, signal);
  }

  // A server that reads no more is of no use, and would leave requests without an answer.
  #lose(): void {
    if (!this.#isOurs) void this.#kill();
  }

  #write(line: string): void {
    if (this.#wire.send(line)) return;
    this.#parts.logger.error({ run: this.#runId }, "the app server does not read what it is sent: it is ended");
    void this.#kill();
  }

  async #close({ exitCode, signal, stderr }: ProgramEnd): Promise<void> {
    this.#parts.logger.info({ run: this.#runId, exitCode, signal, isOurs: this.#isOurs }, "app server ended");
    this.connection.close({ exitCode, signal, stderr, isOurs: this.#isOurs });
    this.#hasExited = true;
    this.#wire.destroy();
    this.#listening?.remove();
    this.#exited.open();
    // Otherwise `end` does so.
    if (!this.#isOurs) {
      await this.#parts.ledger.kill(this.#runId);
      this.#ended.open();
    }
  }

  async #kill(): Promise<void> {
    await this.#parts.ledger.kill(this.#runId);
    // In case the processes could not be looked at.
    this.#program?.kill();
  }
}
