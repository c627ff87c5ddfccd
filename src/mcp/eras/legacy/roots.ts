// Asks the client for its directories by a request of ours, as the old era does (docs/claude-code.md#roots).
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import type { CallContext } from "../../../delegation/requests.ts";
import { cutText } from "../../../domain/cut-text.ts";
import type { Logger } from "../../../domain/logger.ts";
import { toRootPaths } from "../../questions/root-paths.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** Longest wait of a call for the answer: a client that is there answers within milliseconds. */
const ROOTS_TIMEOUT_MS = 2_000;
/** An answer that comes within this time still shows that the client answers; after it the question is withdrawn. */
const LATE_ANSWER_MS = 600_000;
/** Limit for the cause of a failed question in the log. The client writes it. */
const CAUSE_CHARACTERS = 500;
/** Not the SDK's own schemas: those are left out of the start. */
const AnyResultSchema = z.looseObject({});
const RootsChangedSchema = z.object({ method: z.literal("notifications/roots/list_changed") });

/** The asking for one call; undefined where the client did not declare roots. */
export type RootsAsker = (extra: Pick<Extra, "sendRequest" | "signal">) => CallContext["listRoots"];

/**
 * Makes the asking for a server's client. A client that once left a question without an answer is not waited for again, until that
 * answer comes after all or the client says that its roots have changed.
 */
export function createRootsAsker(server: Server, logger: Logger): RootsAsker {
  let isSilent = false;
  server.setNotificationHandler(RootsChangedSchema, () => {
    isSilent = false;
  });
  return ({ sendRequest, signal }) => {
    if (server.getClientCapabilities()?.roots === undefined) return undefined;
    return async () => {
      if (isSilent) return undefined;
      // The SDK never takes its listener off: on the call's own signal, one would stay for each question.
      const own = AbortSignal.any([signal]);
      const request = { method: "roots/list" as const };
      const asked = sendRequest(request, AnyResultSchema, { timeout: LATE_ANSWER_MS, signal: own });
      const answered = asked.then(
        ({ roots }) => {
          isSilent = false;
          return toRootPaths(roots);
        },
        (error: unknown) => {
          if (!signal.aborted) logger.warn({ cause: cutText(String(error), CAUSE_CHARACTERS) }, "roots not listed");
          return undefined;
        },
      );
      const late = delay(ROOTS_TIMEOUT_MS);
      const first = await Promise.race([answered, late.passed]);
      late.cancel();
      if (first !== "late") return first;
      isSilent = true;
      logger.warn({}, "roots not listed in time");
      return undefined;
    };
  };
}

function delay(ms: number): { readonly passed: Promise<"late">; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  return { passed, cancel: () => clearTimeout(timer) };
}
