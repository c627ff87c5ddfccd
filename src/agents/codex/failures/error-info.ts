// Codex's class of a failure. The rollout writes it in snake_case, the app server in camelCase; both write a name, or an object with the
// name as its key (docs/codex-cli.md#app-server-events).
import { isRecord } from "../../../domain/guards.ts";

/** Codex's class of a failure. */
export interface ErrorInfo {
  /** In snake_case, such as `usage_limit_exceeded`. */
  readonly name: string;
  /** HTTP status of the provider's answer, where Codex tells it. */
  readonly httpStatus: number | undefined;
}

/** Reads a class in either form; undefined if it is neither. */
export function readErrorInfo(value: unknown): ErrorInfo | undefined {
  if (typeof value === "string") return value === "" ? undefined : { name: toSnakeCase(value), httpStatus: undefined };
  if (!isRecord(value)) return undefined;
  const [[name, parts] = []] = Object.entries(value);
  if (name === undefined) return undefined;
  const status = isRecord(parts) ? (parts["httpStatusCode"] ?? parts["http_status_code"]) : undefined;
  return { name: toSnakeCase(name), httpStatus: typeof status === "number" ? status : undefined };
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
