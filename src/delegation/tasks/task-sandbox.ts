// The sandbox of a routed task: the call's own, else the rule's wish within the user's limit. Warns where it is narrower than the task needs.
import { isWiderMode, type SandboxMode } from "../../domain/sandbox.ts";
import { asksForChanges, forbidsChanges } from "../../routing/asks-for-changes.ts";
import type { RoutingDecision } from "../../routing/route.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import { toToldName } from "../../routing/told-name.ts";
import type { TaskRequest } from "./task-requests.ts";

/** The decision with the sandbox that a run would ask for; a rule's wish above `maxSandbox` is lowered, with a warning. */
export function settleSandbox(
  decision: RoutingDecision,
  { sandbox, task }: TaskRequest,
  { rules, maxSandbox }: { readonly rules: RulesFile; readonly maxSandbox: SandboxMode | undefined },
): RoutingDecision {
  if (sandbox !== undefined) return { ...decision, sandbox };
  const wish = decision.sandbox;
  if (wish !== undefined && wish !== "read-only" && forbidsChanges(task, rules.routing_config)) {
    return { ...decision, sandbox: "read-only", warnings: [...decision.warnings, FORBIDDEN] };
  }
  if (wish === undefined || maxSandbox === undefined || !isWiderMode(wish, maxSandbox)) return decision;
  const warnings = [...decision.warnings, describeLowered(decision, maxSandbox)];
  return { ...decision, sandbox: maxSandbox, warnings };
}

/** A task that has run. */
export interface RanTask {
  readonly request: TaskRequest;
  readonly decision: RoutingDecision;
  readonly rules: RulesFile;
  /** Name of the agent that did it. */
  readonly agentName: string;
}

/** Warnings for a completed task whose turn ran in the sandbox `ran`. */
export function describeNarrowSandbox({ request, decision, rules, agentName }: RanTask, ran: SandboxMode): string[] {
  const wish = request.sandbox === undefined ? decision.sandbox : undefined;
  const isLowered = wish !== undefined && isWiderMode(wish, ran);
  const lowered = isLowered ? [describeLowered(decision, ran)] : [];
  const isReadOnly = ran === "read-only" && request.sandbox !== "read-only";
  const isMissed = isReadOnly && (isLowered || asksForChanges(request.task, rules.routing_config));
  return [...lowered, ...(isMissed ? [describeUnchanged(agentName)] : [])];
}

function describeLowered({ ruleId, sandbox }: RoutingDecision, mode: SandboxMode): string {
  return `Rule ${toToldName(ruleId ?? "")} names sandbox ${sandbox}; the user's limit (BRIDGE_MAX_SANDBOX), the thread's own sandbox or its directory (without \`cwd\`, / and the home folder are not written) lower it to ${mode}.`;
}

function describeUnchanged(agentName: string): string {
  return `The turn ran in the sandbox read-only, so ${agentName} changed no file. If the task asks for changes, call again with sandbox "workspace-write", as far as the user allows it.`;
}

const FORBIDDEN = "The task forbids changes, so it is for the sandbox read-only.";
