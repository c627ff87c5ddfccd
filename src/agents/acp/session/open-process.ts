// Starts an agent and opens its session. A sandbox that does not start is told by nothing but the end of the process.
import { BridgeError } from "../../../domain/errors.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { TurnRequest } from "../../../domain/turn.ts";
import { findLoginQuestion, toAcpFailure, toExitFailure } from "../failures/acp-failure.ts";
import { type AcpLaunch, type AcpLaunchOptions, toAcpLaunch } from "../launch/acp-launch.ts";
import { AcpProcess, type AcpProcessParts } from "../process/acp-process.ts";
import { openSession } from "./open-session.ts";

/** What a process is opened for. */
export interface OpenProcessScope {
  readonly request: TurnRequest;
  readonly threadId: string;
  /** The agent's id of the session to go on with; undefined begins one. */
  readonly session: string | undefined;
  readonly launch: AcpLaunch;
  readonly signal: AbortSignal;
  readonly options: AcpLaunchOptions & AcpProcessParts & { readonly redact: Redact };
}

/** A process with an open session, and how it was started. */
export interface OpenedProcess {
  readonly process: AcpProcess;
  readonly launch: AcpLaunch;
}

/** opencode 1.18.33 takes 2.4 s, an agent that first loads its MCP servers longer. */
const OPEN_MS = 60_000;

/**
 * Opens one; then it is the caller's to end. If its sandbox refuses, it is started again with what the machine can hold. Rejects with
 * AGENT_NOT_ANSWERING, AGENT_BROKEN, what `openSession` throws, and if the signal aborts; then nothing is running.
 */
export async function openProcess(scope: OpenProcessScope): Promise<OpenedProcess> {
  const first = await tryOpen(scope);
  if (first !== "refused") return first;
  const { request, threadId, options } = scope;
  const launch = toAcpLaunch(request, threadId, options);
  const second = await tryOpen({ ...scope, launch });
  if (second !== "refused") return second;
  throw new BridgeError("SANDBOX_UNAVAILABLE", `The sandbox of ${options.agent.name} does not start.`);
}

async function tryOpen({
  request,
  session,
  launch,
  signal,
  options,
}: OpenProcessScope): Promise<OpenedProcess | "refused"> {
  const { agent, redact } = options;
  const process = await AcpProcess.launch(launch, options, signal);
  const limit = new Promise<"late">((resolve) => {
    const timer = setTimeout(() => resolve("late"), Math.min(OPEN_MS, request.deadlineMs));
    timer.unref();
  });
  const aborted = new Promise<"aborted">((resolve) => {
    if (signal.aborted) resolve("aborted");
    else signal.addEventListener("abort", () => resolve("aborted"), { once: true });
  });
  let hasSpoken = false;
  let tellLogin: (error: BridgeError) => void = () => {};
  const login = new Promise<BridgeError>((resolve) => {
    tellLogin = resolve;
  });
  const onWords = (line: string): void => {
    const error = findLoginQuestion(line, agent);
    if (error !== undefined) tellLogin(error);
  };
  try {
    const wire = await process.connect(() => void process.kill(), onWords);
    const opening = openSession(wire, { agent, launch, session }, () => {
      hasSpoken = true;
    });
    const opened = await Promise.race([opening, process.ended.then(() => "ended" as const), login, limit, aborted]);
    if (opened instanceof BridgeError) {
      opening.catch(() => {});
      throw opened;
    }
    if (typeof opened === "object") {
      process.session = opened;
      process.noteOwn();
      return { process, launch };
    }
    opening.catch(() => {});
    signal.throwIfAborted();
    if (opened === "late")
      throw new BridgeError("AGENT_NOT_ANSWERING", `${agent.name} did not open a session in time.`);
    throw new Error("ended");
  } catch (error) {
    const isOver = !process.isAlive;
    await process.kill();
    signal.throwIfAborted();
    if (error instanceof BridgeError) throw error;
    if (!isOver) throw toAcpFailure(error, agent, redact);
    if (process.findRefusal() !== undefined) return "refused";
    throw toExitFailure(await process.ended, agent, hasSpoken, redact);
  }
}
