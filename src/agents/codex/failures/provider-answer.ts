// Parses a model provider's answer from the text in which Codex reports it. The form of the text differs between versions
// (docs/codex-cli.md#failures).
import { isRecord } from "../../../domain/guards.ts";

/** A provider's refusal. Every text in it is untrusted. */
export interface ProviderAnswer {
  /** HTTP status; undefined for a failure inside the stream. */
  readonly status: number | undefined;
  /** The provider's sentence, and its code and type if Codex reports them, as one text to search. */
  readonly words: string;
  /** Parameter of the request that the provider names, such as `reasoning.effort`; "" if it names none. */
  readonly param: string;
  /** Whether the body is an HTML page. If so, it comes from a proxy or a firewall, not from the provider's API. */
  readonly isPage: boolean;
}

/** A longer text is searched but not parsed. The important part is at the beginning. */
const PARSE_CHARACTERS = 65_536;

const RETRY = /^Re-?connecting\.\.\.[^(]{0,80}\(([\s\S]*?)\)?$/;
const WITH_STATUS =
  /^\s*(?:unexpected status|exceeded retry limit, last status:) (\d{3})\b(?: [^:{]{0,60}?)?(?::\s*([\s\S]*))?$/;
const BLOCKED = /^\s*Access blocked by Cloudflare\b[\s\S]{0,120}\(status (\d{3})\b/;
const IN_STREAM = /^\s*(?:stream disconnected before completion:\s*([\s\S]*)|rate limit exceeded:[\s\S]*)$/;
const REQUEST_DETAILS = /, (?:url|cf-ray|request id): \S+(?:, [a-z][a-z -]{0,40}: \S+){0,6}\s*$/i;
const PAGE = /^\s*<(?:!doctype|html|head|body|\?xml)/i;

/** Parses one of Codex's messages as a provider's refusal; undefined if it is Codex's own sentence. */
export function readProviderAnswer(message: string): ProviderAnswer | undefined {
  const text = RETRY.exec(message)?.[1] ?? message;
  const blocked = BLOCKED.exec(text)?.[1];
  if (blocked !== undefined) return { status: Number(blocked), words: text, param: "", isPage: true };
  const [isStatus, status, rest = ""] = WITH_STATUS.exec(text) ?? [];
  if (isStatus !== undefined) return toAnswer(Number(status), rest.replace(REQUEST_DETAILS, ""));
  const [inStream, words = inStream] = IN_STREAM.exec(text) ?? [];
  if (words !== undefined) return toAnswer(undefined, words);
  return /^\s*\{\s*"/.test(text) ? toAnswer(400, text) : undefined;
}

function toAnswer(status: number | undefined, body: string): ProviderAnswer {
  const told = parseBody(body);
  return { status, words: told?.words ?? body, param: told?.param ?? "", isPage: PAGE.test(body) };
}

// `{error: {message, type, param, code}}` (OpenAI and most gateways), `{error: "…"}`, `{message}` (AWS), `{detail}` (ChatGPT, FastAPI).
function parseBody(body: string): Pick<ProviderAnswer, "words" | "param"> | undefined {
  if (!body.trimStart().startsWith("{") || body.length > PARSE_CHARACTERS) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const error = value["error"] ?? value["detail"] ?? value;
  if (typeof error === "string") return { words: error, param: "" };
  if (!isRecord(error)) return undefined;
  const words = ["message", "Message", "code", "type", "status"].map((name) => toText(error[name]));
  return { words: words.filter((word) => word !== "").join("\n"), param: toText(error["param"]) };
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
