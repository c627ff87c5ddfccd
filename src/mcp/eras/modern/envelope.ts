// What each request of the new era says of itself in `_meta` (docs/mcp.md#two-eras).
import { ClientCapabilitiesSchema } from "@modelcontextprotocol/sdk/types.js";
import { isRecord } from "../../../domain/guards.ts";
import { invalidParams, type RpcError } from "./rpc-error.ts";

/** The only revision of the new era so far. */
export const MODERN_VERSION = "2026-07-28";
/** Name of the extension that lets a call be answered with a task. */
export const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
const CLIENT_KEY = "io.modelcontextprotocol/clientInfo";
const CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";
const UNSUPPORTED_VERSION = -32_022;
const VERSION_CHARACTERS = 100;

/** What the client can do, as this request declares it. */
export interface Envelope {
  readonly progressToken: string | number | undefined;
  readonly hasForms: boolean;
  readonly hasRoots: boolean;
  readonly hasTasks: boolean;
  /** The name that the client gives itself. */
  readonly clientName: string | undefined;
}

/** Whether a request belongs to the new era: it names its protocol version, whatever that is. */
export function isModern(params: unknown): boolean {
  return isRecord(params) && isRecord(params["_meta"]) && Object.hasOwn(params["_meta"], VERSION_KEY);
}

/** Reads the envelope of a request for which `isModern` holds. */
export function readEnvelope(params: Readonly<Record<string, unknown>>): Envelope | { readonly error: RpcError } {
  const meta = isRecord(params["_meta"]) ? params["_meta"] : {};
  const version = meta[VERSION_KEY];
  if (typeof version !== "string") return { error: invalidParams(`${VERSION_KEY} must be a string`) };
  if (version !== MODERN_VERSION) return { error: toVersionError(version) };
  const raw = meta[CAPABILITIES_KEY];
  const declared = ClientCapabilitiesSchema.safeParse(raw);
  if (!isRecord(raw) || !declared.success)
    return { error: invalidParams(`${CAPABILITIES_KEY} is missing or malformed`) };
  const token = meta["progressToken"];
  const { elicitation, roots, extensions = {} } = declared.data;
  const client = meta[CLIENT_KEY];
  const name = isRecord(client) ? client["name"] : undefined;
  return {
    clientName: typeof name === "string" ? name : undefined,
    progressToken: typeof token === "string" || typeof token === "number" ? token : undefined,
    hasForms: elicitation?.form !== undefined,
    hasRoots: roots !== undefined,
    hasTasks: Object.hasOwn(extensions, TASKS_EXTENSION),
  };
}

function toVersionError(version: string): RpcError {
  const requested = version.slice(0, VERSION_CHARACTERS);
  const message = `Unsupported protocol version: ${requested}`;
  return { code: UNSUPPORTED_VERSION, message, data: { supported: [MODERN_VERSION], requested } };
}
