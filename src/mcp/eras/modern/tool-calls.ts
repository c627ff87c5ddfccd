// tools/call of the new era: begins calls, and finds the call that a request goes on with by its `requestState`.
import { CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { CallContext } from "../../../delegation/requests.ts";
import { isRecord } from "../../../domain/guards.ts";
import type { Logger } from "../../../domain/logger.ts";
import type { Role } from "../../../domain/role.ts";
import type { ToolCaller } from "../../call-tool.ts";
import { readCaller } from "../../caller.ts";
import type { ToolListing } from "../../tool-list.ts";
import { describeUnknownTool } from "../../unknown-tool.ts";
import type { Envelope } from "./envelope.ts";
import type { OpenRequest, RpcAnswer } from "./open-requests.ts";
import { invalidParams } from "./rpc-error.ts";
import { type RunningCall, startRunningCall } from "./running-call.ts";

/** What the calls of a connection need. */
export interface ToolCallsOptions {
  readonly role?: Role;
  readonly listing: readonly ToolListing[];
  readonly callTool: ToolCaller;
  readonly logger: Logger;
  readonly returnMs?: number;
}

/** The calls of a connection. */
export interface ToolCalls {
  answer(request: OpenRequest, envelope: Envelope): Promise<RpcAnswer>;
  /** Ends the calls that wait for their client's return. */
  close(): void;
}

interface Waiting {
  readonly name: string;
  readonly call: RunningCall;
}

/** How long a call is kept for a client that does not bring the answer, besides the time that its questions have. */
const RETURN_MS = 600_000;

/** Makes the calls of a connection. */
export function createToolCalls({
  role = "claude",
  listing,
  callTool,
  logger,
  returnMs = RETURN_MS,
}: ToolCallsOptions): ToolCalls {
  // A state is a key into this map and says nothing by itself, so that nothing in it can be forged.
  const waiting = new Map<string, Waiting>();

  async function follow(name: string, call: RunningCall, request: OpenRequest, envelope: Envelope): Promise<RpcAnswer> {
    const { inputResponses } = request.params;
    const step = await call.attach(request, envelope, isRecord(inputResponses) ? inputResponses : {});
    if (step.kind === "gone") return { error: invalidParams("the call was cancelled") };
    // The requests answer an exception as our fault.
    if (step.kind === "failed") throw step.error;
    if (step.kind === "ended") {
      const { called } = step;
      if (called === undefined) return { error: { ...invalidParams(""), message: describeUnknownTool(name, listing) } };
      return { result: { ...(envelope.hasTasks ? (called.task?.handle ?? called.result) : called.result) } };
    }
    const requestState = crypto.randomUUID();
    waiting.set(requestState, { name, call });
    return { result: { resultType: "input_required", inputRequests: step.inputRequests, requestState } };
  }

  function forget(ended: RunningCall): void {
    for (const [state, { call }] of [...waiting]) if (call === ended) waiting.delete(state);
  }

  function resume(requestState: unknown, name: string): RunningCall | undefined {
    const found = typeof requestState === "string" ? waiting.get(requestState) : undefined;
    if (typeof requestState !== "string" || found?.name !== name) return undefined;
    waiting.delete(requestState);
    return found.call;
  }

  return {
    answer: async (request, envelope) => {
      const { params } = request;
      const parsed = CallToolRequestSchema.safeParse({ method: "tools/call", params });
      if (!parsed.success) return { error: invalidParams("they do not fit tools/call") };
      const { name } = parsed.data.params;
      const { inputResponses = {} } = params;
      if (!isRecord(inputResponses)) return { error: invalidParams("inputResponses must be an object") };
      if (Object.hasOwn(params, "requestState")) {
        const call = resume(params["requestState"], name);
        return call === undefined ? { error: invalidParams(STALE) } : follow(name, call, request, envelope);
      }
      // The arguments as they came: the SDK's schema drops a key called __proto__.
      const args = isRecord(params["arguments"]) ? params["arguments"] : {};
      const caller = readCaller(params["_meta"], { role, name: envelope.clientName });
      const run = (context: CallContext) => callTool(name, args, context);
      const call = startRunningCall({ run, envelope, caller, returnMs, logger });
      // One listener for all rounds of the call.
      call.signal.addEventListener("abort", () => forget(call), { once: true });
      return follow(name, call, request, envelope);
    },
    close: () => {
      for (const { call } of [...waiting.values()]) call.abort();
    },
  };
}

const STALE =
  "requestState names no call of this tool that waits for an answer: it was answered already, or the call has ended. Call the tool again without it.";
