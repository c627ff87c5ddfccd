// Whether a server could not read its command rules. It then runs every thread without any rule, those that forbid a command included, and
// says so in a warning; `codex exec` does not start (docs/codex-cli.md#app-server-events).
import type { BridgeError } from "../../../domain/errors.ts";
import { toRpcError } from "../../codex/failures/rpc-failure.ts";
import type { GlobalNotice } from "../protocol/global-notices.ts";

/** The error of a thread that needs the rules; undefined if the server has read them. */
export function findUnreadRules(warnings: readonly GlobalNotice[], method: string): BridgeError | undefined {
  const found = warnings.find(({ text }) => /rules not applied/i.test(text));
  if (found === undefined) return undefined;
  const message = `Error loading rules: ${found.details ?? found.text}`;
  return toRpcError({ method, code: -32_603, message });
}
