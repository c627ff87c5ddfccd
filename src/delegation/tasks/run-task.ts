// The use case of `route_task`: decides. A task that the agent is to do goes on in `routed-task.ts`.
import { type HandedContext, toItems } from "../../context/context-item.ts";
import { estimateTokens } from "../../context/tokens.ts";
import { readWindow } from "../../context/window.ts";
import type { BridgeError } from "../../domain/errors.ts";
import type { SandboxMode } from "../../domain/sandbox.ts";
import type { TaskFacts } from "../../domain/task.ts";
import type { RoutingDecision } from "../../routing/route.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import type { CallContext } from "../requests.ts";
import { findBaseDir } from "../threads/base-dir.ts";
import { RoutedTask, type RoutedTaskOptions } from "./routed-task.ts";
import { composeContext, composeTask, instructAtOnce } from "./task-prompts.ts";
import type { TaskRequest, TaskResult } from "./task-requests.ts";
import { settleSandbox } from "./task-sandbox.ts";

/** Rules, their router, and why a newer file is not in force. */
interface RulesInForce {
  readonly rules: RulesFile;
  readonly route: (facts: TaskFacts) => RoutingDecision;
  readonly problem: BridgeError | undefined;
}

/** What the use case is built from. */
export interface TaskRunnerOptions extends RoutedTaskOptions {
  /** Rules in force. Throws RULES_INVALID. */
  readonly readRules: () => RulesInForce;
  readonly defaultMode: "decide" | "run";
  /** Name of the agent that does the tasks of `codex_cli`, for sentences. */
  readonly agentName: string;
  /** The user's limit, if one is set. */
  readonly maxSandbox: SandboxMode | undefined;
}

/** Runs tasks. Throws a BridgeError only where nothing was tried: RULES_INVALID. */
export interface TaskRunner {
  /** The prompt of a task that goes to an agent without rules, with its context, and what became of that. Throws CONTEXT_OVERFLOW. */
  compose(request: Pick<TaskRequest, "task" | "context">): {
    readonly prompt: string;
    readonly handoff: TaskResult["handoff"];
  };
  run(request: TaskRequest, call: CallContext): Promise<TaskResult>;
}

/** Makes the use case. */
export function createTaskRunner(options: TaskRunnerOptions): TaskRunner {
  return {
    compose: (request) => {
      const rules = readWindow(options.readRules);
      const context = composeContext(request, { strategy: "full", rules, keep: options.keepWhole });
      return { prompt: composeTask(request.task, context), handoff: context.report };
    },
    run: async (request, call) => {
      const { agentName } = options;
      const { rules, route, problem } = options.readRules();
      const contextTokens =
        request.contextTokens ?? (request.context === undefined ? undefined : countTokens(request.context));
      const routed = addWarnings(route({ ...request, contextTokens }), request, { problem, agentName });
      const decision = settleSandbox(routed, request, { rules, maxSandbox: options.maxSandbox });
      const mode = request.mode ?? options.defaultMode;
      const base = { decision, attempts: [], escalation: undefined, dropped: undefined, left: undefined };
      if (mode === "decide") {
        const isCodex = decision.agent === "codex_cli";
        const composed = isCodex
          ? composeContext(request, { strategy: decision.contextStrategy, rules: rules.routing_config })
          : undefined;
        return { ...base, dropped: composed?.dropped, handoff: composed?.report, end: { outcome: "decided" } };
      }
      if (decision.agent === "claude_code") {
        const cause = decision.reasons.join("; ");
        return { ...base, end: { outcome: "handed_back", instructions: instructAtOnce(decision), cause } };
      }
      // A task that names no directory belongs to the one that the client works in now.
      const { path: baseDir } = await findBaseDir(request.cwd, call, options.baseDir);
      return new RoutedTask({ ...options, baseDir }, { request, decision, rules, call, agentName }).run();
    },
  };
}

function countTokens(context: HandedContext): number {
  return toItems(context).reduce((sum, { content }) => sum + estimateTokens(content), 0);
}

function addWarnings(
  decision: RoutingDecision,
  { context }: TaskRequest,
  { problem, agentName }: { readonly problem: BridgeError | undefined; readonly agentName: string },
): RoutingDecision {
  const isLeftOut =
    decision.agent === "codex_cli" && decision.contextStrategy === "isolated" && toItems(context).length > 0;
  return {
    ...decision,
    warnings: [
      ...decision.warnings,
      // Claude Code does not show the log, so a user who has just changed the rules is told here.
      ...(problem === undefined
        ? []
        : [`The changed rules are not in force, the last good ones are. ${problem.message}`]),
      ...(isLeftOut ? [describeIsolated(agentName)] : []),
    ],
  };
}

function describeIsolated(agentName: string): string {
  return `context_strategy isolated: nothing of \`context\` goes along. What ${agentName} must know or respect belongs in \`task\`.`;
}
