// Whether Claude Code says that it keeps to the frame. What it says is compared as soon as it says it.
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { findRealPath } from "../../../files/real-path.ts";
import { toShownWord, toShownWords } from "../../turn/shown-word.ts";
import type { ClaudeLaunch } from "../launch/claude-launch.ts";
import type { Greeting } from "./read-line.ts";
import type { TurnState } from "./turn-state.ts";

/** What it has besides the tools that it was given: the tool of a JSON Schema's answer. */
const ADDED = ["StructuredOutput"];

/** What it was started with. */
type Framed = Pick<ClaudeLaunch, "flags" | "cwd">;

/** What a turn has told so far. */
interface Told {
  readonly launch: Framed;
  /** The thread that it must run on. */
  readonly threadId: string;
  readonly state: Pick<TurnState, "threadId" | "hasWorked" | "result">;
  /** Of the newest line. */
  readonly greeting: Greeting | undefined;
}

/** The error of a turn that must not go on: SANDBOX_NOT_HELD, PROTOCOL_ERROR for another session. Undefined if it may. */
export function findOutOfFrame({ launch, threadId, state, greeting }: Told): BridgeError | undefined {
  if (greeting !== undefined) return findWiderFrame(launch, greeting) ?? findOtherThread(threadId, state.threadId);
  // A failure may come first: of an unknown session nothing else is said.
  const isWork = state.hasWorked || state.result?.["is_error"] === false;
  if (state.threadId !== undefined || !isWork) return undefined;
  return toNotHeld(["it works before it tells its session, its tools and its mode"]);
}

/** The error of a Claude Code that has more than it was given; undefined if it has not. What it does not tell counts as more. */
export function findWiderFrame({ flags, cwd }: Framed, greeting: Greeting): BridgeError | undefined {
  const more = greeting.tools.filter((tool) => ![...flags.tools, ...ADDED].some((known) => known === tool));
  const servers = greeting.servers.map((server) => (isRecord(server) ? server["name"] : server));
  const problems = [
    ...(greeting.tools.length === 0 ? ["it does not tell its tools"] : []),
    ...(more.length === 0 ? [] : [`it has the tools ${toShownWords(more)}`]),
    ...(servers.length === 0 ? [] : [`it has the MCP servers ${toShownWords(servers)}`]),
    ...(greeting.permissionMode === flags.permissionMode
      ? []
      : [`its permission mode is ${toShownWord(greeting.permissionMode)}, not ${flags.permissionMode}`]),
    ...(isSame(greeting.cwd, cwd) ? [] : [`it works in ${toShownWord(greeting.cwd)}`]),
  ];
  return problems.length === 0 ? undefined : toNotHeld(problems);
}

function toNotHeld(problems: readonly string[]): BridgeError {
  const message = `Claude Code does not keep to the limits that it was started with: ${problems.join("; ")}.`;
  return new BridgeError("SANDBOX_NOT_HELD", message, {
    nextStep: "Ask the user to look at the machine's managed settings, or to install another version of Claude Code.",
  });
}

function findOtherThread(wanted: string, threadId: string | undefined): BridgeError | undefined {
  if (threadId === wanted) return undefined;
  return new BridgeError(
    "PROTOCOL_ERROR",
    `Claude Code works on the session ${toShownWord(threadId)}, not on ${wanted}.`,
  );
}

function isSame(told: unknown, cwd: string): boolean {
  return typeof told === "string" && (told === cwd || findRealPath(told) === cwd);
}
