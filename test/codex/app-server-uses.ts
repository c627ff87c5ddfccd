// What the bridge uses of the app server's protocol: each method, field and member of an enum. `app-server-drift.test.ts` compares it with the
// schema of a CLI. A word after `@` says since which version something is there (`a@0.150.0`), or until which (`a@..0.142.0`).
import type { MethodList } from "../support/protocol-schema.ts";

/** A method and the fields of its params, as paths of `follow`. `answer` names the type of its answer. */
export interface UsedMethod {
  readonly list: MethodList;
  readonly method: string;
  readonly params?: readonly string[];
  readonly answer?: { readonly type: string; readonly fields: readonly string[] };
}

/** An enum or a union whose members the bridge tells apart. */
export interface UsedEnum {
  /** What it is, in words. */
  readonly name: string;
  /** Where it lies: a method of a list, or a type with its own file. */
  readonly at: { readonly list: MethodList; readonly method: string } | { readonly type: string };
  readonly path: string;
  readonly members: readonly string[];
  /** Whether members that are not listed matter: the bridge would not understand them. */
  readonly isClosed: boolean;
}

const request = (
  method: string,
  params: readonly string[],
  answer?: string,
  fields: readonly string[] = [],
): UsedMethod => ({
  list: "ClientRequest",
  method,
  params,
  ...(answer === undefined ? {} : { answer: { type: answer, fields } }),
});
const notification = (method: string, params: readonly string[]): UsedMethod => ({
  list: "ServerNotification",
  method,
  params,
});
const question = (
  method: string,
  params: readonly string[],
  answer: string,
  fields: readonly string[],
): UsedMethod => ({
  list: "ServerRequest",
  method,
  params,
  answer: { type: answer, fields },
});

const THREAD = [
  "id",
  "path",
  "status.type",
  "name",
  "preview",
  "cwd",
  "forkedFromId",
  "ephemeral",
  "cliVersion",
].concat(["createdAt", "updatedAt"].map(String));
const LOADED = [
  ...THREAD.map((field) => `thread.${field}`),
  ...["cwd", "model", "modelProvider", "reasoningEffort", "approvalPolicy", "sandbox.type"],
  ...["readOnly", "workspaceWrite"].map((type) => `sandbox<${type}>.networkAccess`),
  ...["writableRoots", "excludeSlashTmp", "excludeTmpdirEnvVar"].map((name) => `sandbox<workspaceWrite>.${name}`),
  "activePermissionProfile.id@0.142.0",
  "activePermissionProfile.extends@0.142.0",
];
const START = ["cwd", "sandbox", "approvalPolicy", "model", "config", "baseInstructions", "developerInstructions"];
const POLICY = ["writableRoots", "networkAccess", "excludeSlashTmp", "excludeTmpdirEnvVar"];
const LIMITS = [
  "limitId",
  "limitName",
  ...["credits.hasCredits", "credits.unlimited"],
  "rateLimitReachedType@0.142.0",
  "spendControlReached@0.150.0",
].concat(
  ["primary", "secondary"].flatMap((window) =>
    ["usedPercent", "windowDurationMins", "resetsAt"].map((field) => `${window}.${field}`),
  ),
);
const ERROR = ["message", "codexErrorInfo", "additionalDetails"];
const ITEM = [
  ...["agentMessage", "reasoning", "commandExecution", "fileChange", "mcpToolCall"].map((type) => `item<${type}>.id`),
  ...["text", "phase"].map((field) => `item<agentMessage>.${field}`),
  "item<reasoning>.summary",
  ...["command", "status", "source", "aggregatedOutput", "exitCode", "durationMs", "commandActions"].map(
    (field) => `item<commandExecution>.${field}`,
  ),
  ...["read>.path", "listFiles>.path", "search>.query", "search>.path"].map(
    (field) => `item<commandExecution>.commandActions<${field}`,
  ),
  ...["status", "changes.path", "changes.kind.type", "changes.kind<update>.move_path"].map(
    (field) => `item<fileChange>.${field}`,
  ),
  ...["server", "tool", "status"].map((field) => `item<mcpToolCall>.${field}`),
  ...["tool", "status", "namespace@0.142.0"].map((field) => `item<dynamicToolCall>.${field}`),
  "item<collabAgentToolCall>.tool",
  ...["query", "action<search>.query", "action<openPage>.url", "action<findInPage>.pattern"].map(
    (field) => `item<webSearch>.${field}`,
  ),
  "item<imageView>.path",
  "item<enteredReviewMode>.review",
  "item<exitedReviewMode>.review",
];
const ASKED = ["threadId", "turnId", "itemId"];

const GRANTS = [
  ...["network.enabled", "fileSystem.read", "fileSystem.write", "fileSystem.entries.path@0.142.0"],
  ...["fileSystem.entries.access@0.142.0", "fileSystem.globScanMaxDepth@0.142.0"],
];

/** The methods. */
export const USED_METHODS: readonly UsedMethod[] = [
  request(
    "initialize",
    ["clientInfo.name", "clientInfo.title", "clientInfo.version", "capabilities.experimentalApi"],
    "InitializeResponse",
    ["userAgent"],
  ),
  { list: "ClientNotification", method: "initialized" },
  request("config/read", [], "ConfigReadResponse", ["config"]),
  request("account/read", [], "GetAccountResponse", ["account"]),
  request("account/login/start", ["<apiKey>.apiKey"], "LoginAccountResponse", ["type"]),
  request("thread/start", START, "ThreadStartResponse", LOADED),
  request("thread/resume", ["threadId", "excludeTurns@0.142.0", ...START], "ThreadResumeResponse", LOADED),
  request("thread/fork", ["threadId", "excludeTurns@0.142.0", ...START], "ThreadForkResponse", LOADED),
  request("thread/unsubscribe", ["threadId"]),
  request("thread/goal/get", ["threadId"], "ThreadGoalGetResponse", ["goal.status"]),
  request("thread/archive", ["threadId"]),
  request("thread/unarchive", ["threadId"]),
  request("thread/loaded/list", [], "ThreadLoadedListResponse", ["data"]),
  request("thread/name/set", ["threadId", "name"]),
  request("thread/compact/start", ["threadId"]),
  request("thread/backgroundTerminals/clean", ["threadId"]),
  request(
    "turn/start",
    [
      ...[
        "threadId",
        "input<text>.text",
        "input<localImage>.path",
        "cwd",
        "approvalPolicy",
        "model",
        "effort",
        "outputSchema",
      ],
      ...POLICY.map((field) => `sandboxPolicy<workspaceWrite>.${field}`),
      "sandboxPolicy<readOnly>.networkAccess",
      "permissions@0.142.0",
    ],
    "TurnStartResponse",
    ["turn.id"],
  ),
  request("turn/steer", ["threadId", "expectedTurnId", "input<text>.text"], "TurnSteerResponse", ["turnId"]),
  request("turn/interrupt", ["threadId", "turnId"]),
  request("model/list", ["cursor"], "ModelListResponse", [
    ...["data.model", "data.isDefault", "data.hidden", "data.supportedReasoningEfforts.reasoningEffort"],
    ...["data.defaultReasoningEffort", "nextCursor"],
  ]),
  request("account/rateLimits/read", [], "GetAccountRateLimitsResponse", [
    ...LIMITS.map((field) => `rateLimits.${field}`),
    ...["rateLimitsByLimitId", "ordinaryUsageAllowed@0.160.0"],
  ]),
  // What doctor asks.
  request("hooks/list@0.142.0", ["cwds"], "HooksListResponse", [
    ...["enabled", "trustStatus", "eventName", "sourcePath"].map((field) => `data.hooks.${field}`),
  ]),
  request("mcpServerStatus/list", [], "ListMcpServerStatusResponse", [
    ...["data.name", "data.serverInfo@0.142.0", "data.toolsError@0.169.0"],
  ]),
  notification("turn/started", ["threadId", "turn.id"]),
  notification("turn/completed", [
    ...["threadId", "turn.id", "turn.status", "turn.items<agentMessage>.id", "turn.items<agentMessage>.text"],
    ...ERROR.map((field) => `turn.error.${field}`),
  ]),
  notification("turn/plan/updated", ["threadId", "turnId", "plan.step", "plan.status"]),
  notification("item/started", ["threadId", "turnId", ...ITEM]),
  notification("item/completed", ["threadId", "turnId", ...ITEM]),
  notification("item/agentMessage/delta", [...ASKED, "delta"]),
  notification("item/reasoning/summaryTextDelta", [...ASKED, "delta", "summaryIndex"]),
  notification("item/commandExecution/outputDelta", [...ASKED, "delta"]),
  notification("item/mcpToolCall/progress", [...ASKED, "message"]),
  notification("item/fileChange/patchUpdated@0.142.0", [...ASKED, "changes.path", "changes.kind.type"]),
  notification("error", ["threadId", "turnId", "willRetry", ...ERROR.map((field) => `error.${field}`)]),
  notification("thread/tokenUsage/updated", [
    ...["threadId", "turnId"],
    ...["inputTokens", "cachedInputTokens", "outputTokens", "reasoningOutputTokens"].map(
      (field) => `tokenUsage.total.${field}`,
    ),
  ]),
  notification("thread/status/changed", ["threadId", "status.type"]),
  notification("thread/closed", ["threadId"]),
  notification("warning@0.142.0", ["threadId", "message"]),
  notification("guardianWarning@0.142.0", ["threadId", "message"]),
  notification("configWarning", ["summary", "details", "path"]),
  notification("deprecationNotice", ["summary", "details"]),
  notification("model/rerouted", ["turnId", "fromModel", "toModel", "reason"]),
  notification("modelProvider/authRecoveryStarted@0.160.0", ["turnId", "message"]),
  notification("modelProvider/authRecoveryCompleted@0.160.0", ["turnId", "message"]),
  notification(
    "account/rateLimits/updated",
    LIMITS.map((field) => `rateLimits.${field}`),
  ),
  notification("serverRequest/resolved", ["threadId", "requestId"]),
  question(
    "item/commandExecution/requestApproval",
    [
      ...[...ASKED, "kind@0.150.0", "command", "cwd", "reason", "availableDecisions"],
      ...["networkApprovalContext.host", "networkApprovalContext.protocol"],
      ...GRANTS.map((field) => `additionalPermissions.${field}`),
    ],
    "CommandExecutionRequestApprovalResponse",
    ["decision"],
  ),
  question("item/fileChange/requestApproval", [...ASKED, "reason", "grantRoot"], "FileChangeRequestApprovalResponse", [
    "decision",
  ]),
  question(
    "item/permissions/requestApproval",
    [...ASKED, "reason", "cwd@0.142.0", ...GRANTS.map((field) => `permissions.${field}`)],
    "PermissionsRequestApprovalResponse",
    ["scope", ...GRANTS.map((field) => `permissions.${field}`)],
  ),
  question(
    "item/tool/requestUserInput",
    [
      ...ASKED,
      ...["id", "header", "question", "isOther", "isSecret", "options.label"].map((field) => `questions.${field}`),
    ],
    "ToolRequestUserInputResponse",
    ["answers"],
  ),
  question(
    "mcpServer/elicitation/request",
    ["threadId", "serverName", "<form>.message", "<form>.requestedSchema", "<form>._meta"],
    "McpServerElicitationRequestResponse",
    ["action", "content", "_meta"],
  ),
];

const ITEM_TYPES = [
  ...[
    "userMessage",
    "hookPrompt",
    "agentMessage",
    "functionCallOutput@0.160.0",
    "plan",
    "reasoning",
    "commandExecution",
  ],
  ...["fileChange", "mcpToolCall", "dynamicToolCall", "collabAgentToolCall", "subAgentActivity@0.142.0", "webSearch"],
  ...["imageView", "sleep@0.142.0", "imageGeneration", "enteredReviewMode", "exitedReviewMode", "contextCompaction"],
];
const ERROR_CLASSES = [
  ...["contextWindowExceeded", "sessionBudgetExceeded@0.150.0", "usageLimitExceeded", "rateLimitExceeded@0.160.0"],
  ...["flexUnavailable@0.160.0", "serverOverloaded", "modelNotFound@0.166.0", "policyCapacityUnavailable@0.166.0"],
  ...[
    "inferenceHookDenied@0.169.0",
    "cyberPolicy@0.142.0",
    "misalignmentPolicyViolation@0.150.0",
    "tooManyDenials@0.160.0",
  ],
  ...["internalServerError", "unauthorized", "badRequest", "threadRollbackFailed", "sandboxError", "other"],
  ...["httpConnectionFailed", "responseStreamConnectionFailed", "responseStreamDisconnected"],
  ...["responseTooManyFailedAttempts", "activeTurnNotSteerable"],
];
const completed = { list: "ServerNotification", method: "turn/completed" } as const;
const itemCompleted = { list: "ServerNotification", method: "item/completed" } as const;
const open = { isClosed: false } as const;
const closed = { isClosed: true } as const;

/** The enums. */
export const USED_ENUMS: readonly UsedEnum[] = [
  {
    name: "status of a turn",
    at: completed,
    path: "turn.status",
    members: ["completed", "failed", "interrupted", "inProgress"],
    ...closed,
  },
  {
    name: "status of a thread",
    at: { list: "ServerNotification", method: "thread/status/changed" },
    path: "status",
    members: ["notLoaded", "idle", "systemError", "active"],
    ...closed,
  },
  { name: "class of an error", at: completed, path: "turn.error.codexErrorInfo", members: ERROR_CLASSES, ...closed },
  { name: "type of an item", at: itemCompleted, path: "item", members: ITEM_TYPES, ...closed },
  {
    name: "phase of a message",
    at: itemCompleted,
    path: "item<agentMessage>.phase",
    members: ["commentary", "partial_answer@0.166.0", "final_answer"],
    ...closed,
  },
  {
    name: "status of a command",
    at: itemCompleted,
    path: "item<commandExecution>.status",
    members: ["inProgress", "completed", "failed", "declined"],
    ...closed,
  },
  {
    name: "who runs a command",
    at: itemCompleted,
    path: "item<commandExecution>.source",
    members: ["agent", "userShell", "unifiedExecStartup", "unifiedExecInteraction"],
    ...closed,
  },
  {
    name: "what a command does",
    at: itemCompleted,
    path: "item<commandExecution>.commandActions",
    members: ["read", "listFiles", "search", "unknown"],
    ...closed,
  },
  {
    name: "status of a change",
    at: itemCompleted,
    path: "item<fileChange>.status",
    members: ["inProgress", "completed", "failed", "declined"],
    ...closed,
  },
  {
    name: "kind of a change",
    at: itemCompleted,
    path: "item<fileChange>.changes.kind",
    members: ["add", "delete", "update"],
    ...closed,
  },
  {
    name: "status of a tool call",
    at: itemCompleted,
    path: "item<mcpToolCall>.status",
    members: ["inProgress", "completed", "failed"],
    ...closed,
  },
  {
    name: "sandbox of an answer",
    at: { type: "ThreadStartResponse" },
    path: "sandbox",
    members: ["dangerFullAccess", "readOnly", "externalSandbox", "workspaceWrite"],
    ...closed,
  },
  {
    name: "approval policy",
    at: { type: "ThreadStartResponse" },
    path: "approvalPolicy",
    members: ["untrusted", "on-failure@..0.142.0", "on-request", "granular", "never"],
    ...closed,
  },
  {
    name: "sandbox of a new thread",
    at: { list: "ClientRequest", method: "thread/start" },
    path: "sandbox",
    members: ["read-only"],
    ...open,
  },
  {
    name: "what a person approves",
    at: { list: "ServerRequest", method: "item/commandExecution/requestApproval" },
    path: "kind",
    // `humanCommand` comes to clients that declare `requiredHumanApproval` only.
    members: ["command@0.150.0", "writeStdin@0.150.0", "humanCommand@0.169.0"],
    ...closed,
  },
  {
    name: "mode of an elicitation",
    at: { list: "ServerRequest", method: "mcpServer/elicitation/request" },
    path: "",
    // All but `form` are declined.
    members: ["form", "url", "openai/form@0.142.0", "openaiForm@0.160.0", "openai/userVerification@0.160.0"],
    ...closed,
  },
  {
    name: "decision on a command",
    at: { type: "CommandExecutionRequestApprovalResponse" },
    path: "decision",
    members: ["accept", "acceptForSession", "decline", "cancel"],
    ...open,
  },
  {
    name: "decision on a change",
    at: { type: "FileChangeRequestApprovalResponse" },
    path: "decision",
    members: ["accept", "acceptForSession", "decline", "cancel"],
    ...open,
  },
  {
    name: "scope of a permission",
    at: { type: "PermissionsRequestApprovalResponse" },
    path: "scope",
    members: ["turn", "session"],
    ...open,
  },
  {
    name: "answer to an elicitation",
    at: { type: "McpServerElicitationRequestResponse" },
    path: "action",
    members: ["accept", "decline", "cancel"],
    ...open,
  },
];

/** Every question of the server's that the bridge knows, answered by it or not. One that is not listed here is answered with an error. */
export const KNOWN_QUESTIONS: readonly string[] = [
  ...USED_METHODS.filter(({ list }) => list === "ServerRequest").map(({ method }) => method),
  // Of older clients, of ChatGPT's desktop app, and of tools that a client brings: the bridge asks for none of them.
  ...["applyPatchApproval", "execCommandApproval", "account/chatgptAuthTokens/refresh", "item/tool/call"],
  ...["attestation/generate@0.142.0", "currentTime/read@0.142.0"],
];
