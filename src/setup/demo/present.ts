// Formats the demo: 80 columns, in colour if the terminal supports it and NO_COLOR is not set.
import { isRecord } from "../../domain/guards.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import { type Painted, type PrintedLine, paint, type Style } from "../../domain/printed-line.ts";
import { wrapText } from "../../domain/wrap-text.ts";
import type { CallResult } from "../../mcp/client.ts";

const INDENT = 3;

/** Lines of a call: the tool and its arguments. */
export function presentCall(tool: string, args: Readonly<Record<string, unknown>>): Painted[][] {
  return presentTyped(`${tool} ${JSON.stringify(args)}`);
}

/** Lines of what somebody types. */
export function presentTyped(text: string): Painted[][] {
  return indent(wrapText(text, INDENT)).map((line) => [paint("cyan", line)]);
}

/** Lines of a result: the answer, then how it came about. */
export function presentResult({ isError, text, structured }: CallResult): PrintedLine[] {
  if (isError) return withSign("✘", "red", text);
  const { outcome, content, instructions } = structured;
  if (outcome === "handed_back") {
    return [
      ...presentAttempts(structured),
      ...withSign("↩", "yellow", `handed back to Claude: ${String(instructions)}`),
    ];
  }
  const grounds = Array.isArray(structured["reviews"]) ? presentFindings(structured) : presentGrounds(structured);
  return [...withSign("✔", "green", String(content ?? text)), ...grounds];
}

function presentFindings({ findings }: CallResult["structured"]): PrintedLine[] {
  const found = Array.isArray(findings) ? findings.filter(isRecord) : [];
  const lines = found.map(({ severity, title, agreedBy }) => {
    const names = Array.isArray(agreedBy) ? agreedBy.join(" and ") : "";
    return `${String(severity)} ${String(title)}, says ${names}`;
  });
  return indent(lines.flatMap((line) => wrapText(line, INDENT))).map((line) => [paint("gray", toPrintableLine(line))]);
}

function presentGrounds({ decision, threadId, sandbox, durationMs }: CallResult["structured"]): PrintedLine[] {
  const seconds = (Number(durationMs) / 1_000).toFixed(1);
  // A review is read-only always, and does not say so.
  const limits = typeof sandbox === "string" ? [sandbox] : [];
  const thread = typeof threadId === "string" ? [[`thread ${threadId}`, ...limits, `${seconds} s`].join(", ")] : [];
  const rule = isRecord(decision)
    ? [`${String(decision["agent"])} by rule ${String(decision["ruleId"])}, because`]
    : [];
  const reasons = isRecord(decision) && Array.isArray(decision["reasons"]) ? decision["reasons"].map(String) : [];
  return indent([...rule, ...reasons.map((reason) => `  ${reason}`), ...thread]).map((line) => [
    paint("gray", toPrintableLine(line)),
  ]);
}

function presentAttempts({ attempts }: CallResult["structured"]): PrintedLine[] {
  const tried = Array.isArray(attempts)
    ? attempts.filter(isRecord).filter((attempt) => attempt["outcome"] === "failed")
    : [];
  return tried.flatMap((attempt, at) =>
    withSign("✘", "red", `attempt ${at + 1}: ${String(attempt["agent"])} failed with ${String(attempt["code"])}`),
  );
}

function withSign(sign: string, style: Style, text: string): PrintedLine[] {
  const [first = "", ...rest] = wrapText(text, INDENT + 2);
  return [
    [" ".repeat(INDENT), paint(style, sign), ` ${first}`],
    ...rest.map((line) => `${" ".repeat(INDENT + 2)}${line}`),
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `${" ".repeat(INDENT)}${line}`);
}
