// A table of ours in a TOML file that belongs to Codex. Marks around it would not last: Codex writes new tables before the last comment of
// the file, and drops comments of its servers (docs/codex-cli.md#config-layers). So it is found by its header.
import { isDeepStrictEqual } from "node:util";
import { parseConfigText } from "../../../agents/codex/config/config-text.ts";
import { isRecord } from "../../../domain/guards.ts";

/** A table with two keys on its way. */
export interface TomlTable {
  readonly path: readonly [outer: string, name: string];
  /** Its lines, without the header. */
  readonly body: string;
}

/** The text with the table at its end, after a blank line. Line ends are those of the text. */
export function addTable(text: string, table: TomlTable): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = [toHeader(table), ...table.body.split("\n")].join(newline);
  if (text === "") return `${lines}${newline}`;
  return `${text}${text.endsWith("\n") ? "" : newline}${newline}${lines}${newline}`;
}

/** The text without the table; undefined if it is not there as it was written, so that it is somebody else's by now. */
export function removeTable(text: string, table: TomlTable): string | undefined {
  const [outer, name] = table.path;
  const before = parseConfigText(text);
  const servers = before?.[outer];
  const written = parseConfigText(table.body);
  if (before === undefined || !isRecord(servers) || !isSame(servers[name], written)) return undefined;
  const lines = text.split(/(?<=\n)/);
  const start = lines.findIndex((line) => line.trim() === toHeader(table));
  if (start < 0) return undefined;
  const next = lines.findIndex((line, at) => at > start && /^\s*\[[A-Za-z"'[]/.test(line));
  const end = skipBack(lines, next < 0 ? lines.length : next, start);
  const head = lines.slice(0, lines[start - 1]?.trim() === "" ? start - 1 : start);
  const rest = [...head, ...lines.slice(end)].join("");
  const { [name]: _, ...others } = servers;
  const { [outer]: __, ...top } = before;
  const wanted = Object.keys(others).length === 0 ? top : { ...top, [outer]: others };
  return isSame(parseConfigText(rest), wanted) ? rest : undefined;
}

// The parser's tables have no prototype, and copies of them do.
function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(structuredClone(one), structuredClone(other));
}

function toHeader({ path }: TomlTable): string {
  return `[${path.join(".")}]`;
}

// Comments right above the next table are that table's.
function skipBack(lines: readonly string[], end: number, start: number): number {
  let at = end;
  while (at > start + 1 && /^\s*(#.*)?$/.test((lines[at - 1] ?? "").trimEnd())) at--;
  return at;
}
