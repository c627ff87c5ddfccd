// The beginning of a session: who the agent is, a new session or an earlier one, and the mode that it is to be in.
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { toShownWord } from "../../turn/shown-word.ts";
import type { AcpAgent } from "../acp-agent.ts";
import { isHeldByMode } from "../acp-agent.ts";
import { type AcpLaunch, NEEDS_SANDBOX } from "../launch/acp-launch.ts";
import type { AcpWire } from "../wire/acp-wire.ts";
import { findModes, setMode } from "./session-mode.ts";

/** An open session. */
export interface OpenSession {
  /** The agent's id of it. */
  readonly id: string;
  /** Whether the agent takes images. */
  readonly takesImages: boolean;
  /** Whether it is new. */
  readonly isNew: boolean;
}

/** What a session is opened with. */
export interface SessionScope {
  readonly agent: AcpAgent;
  readonly launch: AcpLaunch;
  /** The agent's id of the session to go on with; undefined begins one. */
  readonly session: string | undefined;
}

const VERSION = 1;
/** It goes along with every request, and into the record of the thread. */
const MOST_ID_CHARACTERS = 1_000;

/**
 * Opens it; `onHello` is called once the agent has answered. Throws AGENT_UNSUPPORTED for another protocol, SANDBOX_UNAVAILABLE where nothing holds the frame, THREAD_BROKEN where the agent
 * cannot go on with the session, PROTOCOL_ERROR, and the agent's own errors.
 */
export async function openSession(
  wire: AcpWire,
  { agent, launch, session }: SessionScope,
  onHello: () => void,
): Promise<OpenSession> {
  const hello = toRecord(
    await wire.request("initialize", {
      protocolVersion: VERSION,
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
      clientInfo: { name: "codex-bridge", version: "1" },
    }),
  );
  onHello();
  if (hello["protocolVersion"] !== VERSION) {
    const message = `${agent.name} speaks another version of the Agent Client Protocol than 1.`;
    throw new BridgeError("AGENT_UNSUPPORTED", message, {
      nextStep: "Ask the user to install a current version of it.",
    });
  }
  const { name, version } = toRecord(hello["agentInfo"]);
  if (launch.heldBy === "mode" && !isHeldByMode(name, version, launch.mode)) {
    const message = `Nothing holds ${agent.name} ${toShownWord(version ?? "")} to reading: ${launch.unheldReason}, and its mode ${launch.mode} is not known to be read-only in this version.`;
    throw new BridgeError("SANDBOX_UNAVAILABLE", message, { nextStep: NEEDS_SANDBOX });
  }
  const can = toRecord(hello["agentCapabilities"]);
  const opened = await beginOrLoad(wire, can["loadSession"] === true, { agent, launch, session });
  await setMode(wire, opened.id, findModes(opened.answer), { agent, launch });
  return {
    id: opened.id,
    takesImages: toRecord(can["promptCapabilities"])["image"] === true,
    isNew: session === undefined,
  };
}

async function beginOrLoad(wire: AcpWire, canLoad: boolean, { agent, launch: { cwd }, session }: SessionScope) {
  if (session === undefined) {
    const answer = toRecord(await wire.request("session/new", { cwd, mcpServers: [] }));
    const id = answer["sessionId"];
    if (typeof id === "string" && id !== "" && id.length <= MOST_ID_CHARACTERS) return { id, answer };
    throw new BridgeError("PROTOCOL_ERROR", `${agent.name} began a session without an id of usual length.`);
  }
  if (!canLoad) throw toLost(agent, "it cannot load a session");
  try {
    return {
      id: session,
      answer: toRecord(await wire.request("session/load", { sessionId: session, cwd, mcpServers: [] })),
    };
  } catch (error) {
    throw toLost(agent, "it could not load the session", error);
  }
}

function toLost({ name }: AcpAgent, why: string, cause?: unknown): BridgeError {
  const agentText = cause instanceof Error ? cause.message : undefined;
  return new BridgeError("THREAD_BROKEN", `${name} no longer has the thread open, and ${why}.`, { cause, agentText });
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
