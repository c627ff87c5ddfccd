// Who makes a call: a person's client, or an agent. Codex tells of its turn with every call (docs/codex-cli.md#as-a-caller).
import { CODEX } from "../domain/agents.ts";
import { type Caller, toCodexLimit } from "../domain/caller.ts";
import { isRecord } from "../domain/guards.ts";
import type { Role } from "../domain/role.ts";
import { SANDBOX_MODES } from "../domain/sandbox.ts";
import type { ToolListing } from "./tool-list.ts";

/** What is known of the program that calls. */
export interface CallingClient {
  readonly role: Role;
  /** The name that it gave itself. */
  readonly name: string | undefined;
  /** Its version, as it gave it. */
  readonly version?: string | undefined;
}

/** As every Codex from 0.50 to 0.169 calls itself. */
const CODEX_CLIENT = "codex-mcp-client";
const METADATA = "x-codex-turn-metadata";
/** Longest text of the metadata that is read, and longest id. */
const MOST_CHARACTERS = 65_536;
const ID = /^[\w-]{1,100}$/;

type Fields = Readonly<Record<string, unknown>>;

/** Whether the program is an agent's. */
function isAgent({ role, name }: CallingClient): boolean {
  return role === "codex" || name === CODEX_CLIENT;
}

/**
 * The list as a client gets it. For an agent, whose calls do nothing that its turn may not do itself, no tool is destructive or reaches further. Codex
 * runs such a tool unasked.
 */
export function toHints(listing: readonly ToolListing[], client: CallingClient): ToolListing[] {
  if (!isAgent(client)) return [...listing];
  const held = { destructiveHint: false, openWorldHint: false };
  return listing.map((tool) => ({ ...tool, annotations: { ...tool.annotations, ...held } }));
}

/** The calling agent, from the `_meta` of its call; undefined where a person's client calls. What cannot be read never widens anything. */
export function readCaller(meta: unknown, client: CallingClient): Caller | undefined {
  const fields = isRecord(meta) ? meta : {};
  const told = fields[METADATA];
  if (told === undefined && !isAgent(client)) return undefined;
  const agent = CODEX.id;
  const limitMs = findLimit(client);
  if (told === undefined) return { agent, threadId: toId(fields["threadId"]), limitMs };
  const turn = toFields(told);
  const [own, other] = [fields["threadId"], turn?.["thread_id"]];
  const isTwo = own !== undefined && other !== undefined && own !== other;
  const threadId = isTwo ? undefined : toId(other ?? own);
  return {
    agent,
    threadId,
    turnId: toId(turn?.["turn_id"]),
    sandbox: isTwo ? "read-only" : readSandbox(turn),
    limitMs,
  };
}

function findLimit({ name, version = "" }: CallingClient): number | undefined {
  const [, minor] = /^0\.(\d+)\./.exec(version) ?? [];
  return name === CODEX_CLIENT && minor !== undefined ? toCodexLimit(Number(minor)) : undefined;
}

function readSandbox(turn: Fields | undefined): Caller["sandbox"] {
  if (turn === undefined) return "read-only";
  // Codex before 0.150 does not tell its mode.
  if (!Object.hasOwn(turn, "sandbox_mode")) return undefined;
  return SANDBOX_MODES.find((mode) => mode === turn["sandbox_mode"]) ?? "read-only";
}

// Codex sends an object. A header of the same name is text.
function toFields(told: unknown): Fields | undefined {
  if (isRecord(told)) return told;
  if (typeof told !== "string" || told.length > MOST_CHARACTERS) return undefined;
  try {
    const value: unknown = JSON.parse(told);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function toId(value: unknown): string | undefined {
  return typeof value === "string" && ID.test(value) ? value : undefined;
}
