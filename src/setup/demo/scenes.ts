// The scenes of the demo, and what the stand-in's model does in them.
import { isRecord } from "../../domain/guards.ts";
import type { StandInAnswer, StandInRequest } from "./responses-standin.ts";

/** A scene: a call that Claude makes, or a task that Codex is given by its user. */
export type Scene = CallScene | CodexScene;

/** A scene in which Codex calls the bridge by itself. */
export interface CodexScene {
  readonly title: string;
  /** What its user types. */
  readonly typed: string;
  readonly isStagedOnly: true;
}

/** A call of a scene. */
export interface CallScene {
  readonly title: string;
  readonly tool: "codex" | "codex-reply" | "route_task" | "review_panel" | "run_collaboration";
  readonly args: Readonly<Record<string, unknown>>;
  /** The argument that is taken from the result of the scene before. */
  readonly follows?: "threadId" | "sessionId";
  /** What Claude has written since the scene before: paths and texts. */
  readonly written?: Readonly<Record<string, string>>;
  /** Left out with --live: it shows nothing of the user's own account. */
  readonly isStagedOnly?: boolean;
}

const COUNT = "Count the lines of notes.txt with wc and tell me the number. Remember the word PELICAN.";
const RECALL = "Which word did I ask you to remember?";
const ROUTED = "Run check.sh and tell me whether it passes";
const FAILING = "Compile the legacy module and fix what breaks";
const PLAN = `# Rate limit

Goal: the 61st request of a client within a minute is answered with 429.
Constraints: no new dependency, the clock is passed in.
`;
const LIMIT = `export function createLimit(clock, most = 60) {
  const seen = new Map();
  return (token) => {
    const since = clock() - 60_000;
    const times = (seen.get(token) ?? []).filter((at) => at > since);
    seen.set(token, [...times, clock()]);
    return times.length < most ? 200 : 429;
  };
}
`;
const ASK_CLAUDE = "Have Claude review sum.js before I commit it";
const LOOP = "Have another Codex count the lines: sh codex-bridge run";

/** The scenes, in order. */
export const SCENES: readonly Scene[] = [
  { title: "Claude hands a task to Codex", tool: "codex", args: { prompt: COUNT, sandbox: "read-only" } },
  {
    title: "and continues the thread, which remembers",
    tool: "codex-reply",
    args: { prompt: RECALL },
    follows: "threadId",
  },
  { title: "A task is routed by rules, and says why", tool: "route_task", args: { task: ROUTED, mode: "run" } },
  {
    title: "A task that keeps failing is escalated, and nobody loops",
    tool: "route_task",
    args: { task: FAILING, mode: "run" },
    isStagedOnly: true,
  },
  { title: "The other way round: Codex asks Claude for a review", typed: ASK_CLAUDE, isStagedOnly: true },
  {
    title: "Codex calls the bridge again, and is refused: no agents in a loop",
    tool: "codex",
    args: { prompt: LOOP, sandbox: "workspace-write" },
    isStagedOnly: true,
  },
  {
    title: "A panel: Codex and a second reviewer read the same file",
    tool: "review_panel",
    args: { agents: ["codex", "second"], target: "files", files: ["sum.js"] },
    isStagedOnly: true,
  },
  {
    title: "Claude stores a plan that both keep",
    tool: "run_collaboration",
    args: { action: "plan", text: PLAN },
    isStagedOnly: true,
  },
  {
    title: "Codex reviews it before anything is built",
    tool: "run_collaboration",
    args: { action: "review" },
    follows: "sessionId",
    isStagedOnly: true,
  },
  {
    title: "Claude has built it",
    tool: "run_collaboration",
    args: { action: "implemented", text: "limit.js, by token." },
    follows: "sessionId",
    written: { "limit.js": LIMIT },
    isStagedOnly: true,
  },
  {
    title: "Codex validates what was built, and a check must pass",
    tool: "run_collaboration",
    args: { action: "validate", check: "sh check.sh" },
    follows: "sessionId",
    isStagedOnly: true,
  },
];

/** Files of the demo's project. */
export const FILES: Readonly<Record<string, string>> = {
  "notes.txt": "one\ntwo\nthree\n",
  "check.sh": "echo '12 passed, 0 failed'\n",
  "sum.js": "export const sum = (a, b) => a - b;\n",
};

/** What a reviewer of `sum.js` answers. `more` are findings that it alone has. */
export function toReview(...more: readonly Readonly<Record<string, unknown>>[]): string {
  return JSON.stringify({ summary: "Read sum.js.", findings: [{ ...FINDING, title: "sum subtracts" }, ...more] });
}

const FINDING = {
  ...{ severity: "P1", file: "sum.js", startLine: 1, endLine: 1, body: "It should add.", confidence: 0.9 },
  ...{ evidence: "export const sum = (a, b) => a - b;", isAboutRemoval: false },
};
const UNTESTED = { ...FINDING, severity: "P3", title: "No test covers sum", body: "Add one.", confidence: 0.6 };

/** The tool of the bridge by which Codex has Claude review, and the name under which the demo registers the bridge in Codex. */
export const CLAUDE_REVIEW = { server: "codex_bridge", tool: "claude-review" } as const;

/** Codex's model of the demo. */
export function answerDemo({ userTexts, toolOutputs }: StandInRequest): StandInAnswer {
  const asked = userTexts.at(-1) ?? "";
  if (userTexts.some((text) => text.includes(FAILING))) return { error: { status: 400, body: REFUSAL } };
  if (asked.includes(RECALL)) return say(recall(userTexts.join("\n")));
  if (asked.includes("61st request")) return say(JSON.stringify({ summary: "Nothing to object to.", findings: [] }));
  const [output] = toolOutputs;
  if (asked.includes(ASK_CLAUDE)) {
    const args = { target: "files", files: ["sum.js"] };
    if (output === undefined) return { delayMs: 600, steps: [{ call: { ...CLAUDE_REVIEW, args } }] };
    return say(toVerdict(output));
  }
  if (asked.includes("sum.js")) return say(toReview(UNTESTED));
  if (asked.includes(LOOP)) {
    if (output === undefined) return { delayMs: 600, steps: [{ run: "sh codex-bridge run 'Count the lines' 2>&1" }] };
    return say(`The bridge did not let me: ${/\[DEPTH_EXCEEDED\] [^.]*\./.exec(output)?.[0] ?? output}`);
  }
  if (asked.includes(ROUTED)) {
    if (output === undefined) return { delayMs: 600, steps: [{ run: "sh check.sh" }] };
    return say(`check.sh passes: ${/\d+ passed, \d+ failed/.exec(output)?.[0] ?? "it said nothing"}.`);
  }
  if (output === undefined) {
    return { delayMs: 600, steps: [{ think: "I will count the lines" }, { run: "sleep 1; wc -l notes.txt" }] };
  }
  const lines = /(\d+) notes\.txt/.exec(output)?.[1] ?? "an unknown number of";
  return say(`notes.txt has ${lines} lines. I will remember PELICAN.`);
}

// What Codex's model was given is JSON with some words around it, which differ by version.
function toVerdict(output: string): string {
  const error = /\[[A-Z_]+\] [^"\\]*/.exec(output)?.[0];
  const { verdict, findings } = readResult(output) ?? {};
  const [first] = Array.isArray(findings) ? findings.filter(isRecord) : [];
  if (typeof verdict !== "string" || first === undefined) return `I have no review: ${error ?? output.slice(0, 200)}`;
  const { severity, title, file, startLine, isVerified } = first;
  const quoted = isVerified === true ? "The line that it quotes is there." : "The line that it quotes was not found.";
  return `Claude's verdict: ${verdict.replaceAll("_", " ")}. ${severity} ${title} (${file}:${startLine}). ${quoted}`;
}

/** The result of a tool of the bridge, out of what Codex gave its model; undefined where it is none. */
export function readResult(output: string): Readonly<Record<string, unknown>> | undefined {
  const [from, to] = [output.indexOf("{"), output.lastIndexOf("}")];
  try {
    const value: unknown = JSON.parse(output.slice(from, to + 1));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const REFUSAL = { error: { message: "the stand-in refuses this task, to show what happens then" } };

function say(text: string): StandInAnswer {
  return { delayMs: 600, steps: [{ say: text }] };
}

function recall(history: string): string {
  const word = /Remember the word (\w+)/.exec(history)?.[1];
  return word === undefined ? "You did not give me a word." : `You asked me to remember ${word}.`;
}
