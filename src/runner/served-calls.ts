// The runner's side of the calls: runs them, and asks the bridge for what only its client knows.
import type { Jobs } from "../delegation/jobs/job.ts";
import type { CallContext, ChoiceAnswer } from "../delegation/requests.ts";
import type { ToolCaller } from "../mcp/call-tool.ts";
import type { BridgeLine, RunnerLine } from "./runner-lines.ts";

/** What they need. */
export interface ServedCallsOptions {
  readonly callTool: ToolCaller;
  readonly jobs: Pick<Jobs, "liveIds">;
  /** Tells the bridge. After the bridge has ended it does nothing. */
  readonly send: (line: RunnerLine) => void;
}

/** The calls of one bridge. */
export interface ServedCalls {
  take(line: Exclude<BridgeLine, { kind: "begin" }>): void;
  /** Whether a call is not answered yet. */
  readonly isBusy: boolean;
  /** Ends the calls that are not answered, and leaves all questions unanswered: the bridge is gone, or the runner ends. Jobs go on. */
  abandon(): void;
  /** Tells the bridge of jobs that have ended. To be called now and then. */
  review(): void;
}

type Reply = Extract<BridgeLine, { kind: "answer" | "roots" }>;

interface Served {
  readonly controller: AbortController;
  /** What the bridge was asked, by key. */
  readonly asked: Map<number, (reply: Reply | undefined) => void>;
  /** Once it was answered with a job. */
  jobId: string | undefined;
}

const UNANSWERED: ChoiceAnswer = { kind: "unanswered" };

/** Makes them. */
export function createServedCalls({ callTool, jobs, send }: ServedCallsOptions): ServedCalls {
  const calls = new Map<number, Served>();
  let keys = 0;
  let isAbandoned = false;

  function ask(
    { asked }: Served,
    toLine: (key: number) => RunnerLine,
    withdrawal?: { readonly signal: AbortSignal | undefined; readonly unask: (key: number) => RunnerLine },
  ): Promise<Reply | undefined> {
    const { signal, unask } = withdrawal ?? {};
    if (isAbandoned || signal?.aborted === true) return Promise.resolve(undefined);
    keys += 1;
    const key = keys;
    return new Promise((resolve) => {
      const withdraw = (): void => {
        if (unask !== undefined) send(unask(key));
        asked.get(key)?.(undefined);
      };
      asked.set(key, (line) => {
        signal?.removeEventListener("abort", withdraw);
        asked.delete(key);
        resolve(line);
      });
      signal?.addEventListener("abort", withdraw, { once: true });
      send(toLine(key));
    });
  }

  function toContext(line: Extract<BridgeLine, { kind: "call" }>, served: Served): CallContext {
    const { call, canReport, canTask, canAsk, canListRoots, caller } = line;
    return {
      signal: served.controller.signal,
      canReport,
      canTask,
      caller,
      report: (message) => send({ kind: "report", call, message }),
      askUser: canAsk
        ? async (question, signal) => {
            const unask = (key: number): RunnerLine => ({ kind: "unask", call, key });
            const reply = await ask(served, (key) => ({ kind: "ask", call, key, question }), { signal, unask });
            return reply?.kind === "answer" ? reply.answer : UNANSWERED;
          }
        : undefined,
      listRoots: canListRoots
        ? async () => {
            const reply = await ask(served, (key) => ({ kind: "askRoots", call, key }));
            return reply?.kind === "roots" ? reply.paths : undefined;
          }
        : undefined,
    };
  }

  async function run(line: Extract<BridgeLine, { kind: "call" }>): Promise<void> {
    const served: Served = { controller: new AbortController(), asked: new Map(), jobId: undefined };
    const { call, tool, args } = line;
    calls.set(call, served);
    if (isAbandoned) served.controller.abort();
    const called = await callTool(tool, args, toContext(line, served));
    if (called?.task === undefined) calls.delete(call);
    else served.jobId = called.task.jobId;
    const { result, task } = called ?? {};
    send({
      ...{ kind: "end", call },
      ...(result === undefined ? {} : { result }),
      ...(task === undefined ? {} : { job: { id: task.jobId, handle: { ...task.handle } } }),
    });
  }

  return {
    get isBusy() {
      return [...calls.values()].some(({ jobId }) => jobId === undefined);
    },
    take: (line) => {
      const served = calls.get(line.call);
      if (line.kind === "call") void run(line);
      else if (line.kind === "cancel") served?.controller.abort();
      else served?.asked.get(line.key)?.(line);
    },
    abandon: () => {
      isAbandoned = true;
      for (const { controller, asked } of calls.values()) {
        controller.abort();
        for (const settle of [...asked.values()]) settle(undefined);
      }
    },
    review: () => {
      const live = new Set(jobs.liveIds());
      for (const [call, { jobId }] of calls) {
        if (jobId === undefined || live.has(jobId)) continue;
        calls.delete(call);
        send({ kind: "over", call });
      }
    },
  };
}
