// What a turn is started with. A setting of an earlier turn stays in force unless it is given again (docs/codex-cli.md#app-server), so every
// turn is given all of them.
import type { JsonObject, JsonValue } from "../../../domain/json.ts";
import { NARROWED_PROFILE } from "../../codex/config/permission-profile.ts";
import type { FrameSandbox } from "../../codex/launch/sandbox-overrides.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import { writeSandboxPolicy } from "../protocol/sandbox-policy.ts";

/** The params of `turn/start`. */
export function toTurnParams(threadId: string, request: CodexTurnRequest): JsonObject {
  const { frame, prompt, images, outputSchema } = request;
  const input: JsonValue[] = [
    { type: "text", text: prompt },
    ...images.map((path): JsonObject => ({ type: "localImage", path })),
  ];
  return {
    threadId,
    input,
    cwd: frame.cwd,
    approvalPolicy: toApprovalPolicy(request),
    ...BY_A_PERSON,
    ...toLimits(frame),
    ...(frame.model === undefined ? {} : { model: frame.model }),
    ...(frame.reasoningEffort === undefined ? {} : { effort: frame.reasoningEffort }),
    ...(outputSchema === undefined ? {} : { outputSchema: toJson(outputSchema) }),
  };
}

// A sandbox policy would take away what the user's permission profile allows besides the policy.
function toLimits({ permissions, sandbox }: FrameSandbox): JsonObject {
  if (permissions?.name === undefined) return { sandboxPolicy: writeSandboxPolicy(sandbox) };
  return { permissions: permissions.isReadOnly ? NARROWED_PROFILE : permissions.name };
}

/** Who decides on approvals. The user's config may name a model of Codex's instead (`approvals_reviewer`, 0.150 and later). */
export const BY_A_PERSON = { approvalsReviewer: "user" } as const;

/** The approval policy of a turn, and of the load of its thread. */
export function toApprovalPolicy({ frame, readsOnly = false }: CodexTurnRequest): string {
  // A yes would let a command out of the sandbox, so a turn that must change nothing asks nobody.
  if (readsOnly) return "never";
  // The app server has no `on-failure` (0.142 and later). With `on-request` the model may ask once the sandbox has refused something.
  return frame.approvalPolicy === "on-failure" ? "on-request" : frame.approvalPolicy;
}

// A schema came as JSON, so nothing of it is lost.
function toJson(value: unknown): JsonValue {
  const json: JsonValue = JSON.parse(JSON.stringify(value));
  return json;
}
