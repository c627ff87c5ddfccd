// Builds the entries of tools/list.
import * as z from "zod";
import type { Tool } from "../tools/define-tool.ts";

/** One entry of tools/list. */
export interface ToolListing {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: { readonly type: "object"; readonly [key: string]: unknown };
  readonly outputSchema: { readonly type: "object"; readonly [key: string]: unknown };
  readonly annotations: Tool["annotations"];
  readonly _meta: Readonly<Record<string, unknown>>;
}

/** The entry of a tool. Always the same bytes. */
export function toToolListing(tool: Tool): ToolListing {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: toSchema(tool.input),
    outputSchema: toSchema(tool.output),
    annotations: tool.annotations,
    _meta: tool.meta,
  };
}

function toSchema(schema: z.ZodType): ToolListing["inputSchema"] {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: simplify,
  });
  // In Claude Code, one tool whose schema lacks `type: object` makes all tools of the server unavailable (docs/claude-code.md#tools-list).
  return { ...rest, type: "object" };
}

// Each token of a schema is paid in every conversation, so keys that tell a model nothing are removed.
function simplify({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: Record<string, unknown> }): void {
  void zodSchema;
  if (jsonSchema["maximum"] === Number.MAX_SAFE_INTEGER) delete jsonSchema["maximum"];
  if (jsonSchema["minimum"] === Number.MIN_SAFE_INTEGER) delete jsonSchema["minimum"];
  delete jsonSchema["pattern"];
  delete jsonSchema["propertyNames"];
}
