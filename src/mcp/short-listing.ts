// A list of tools for a client that waits about a second for it, and whose model may read all of it with each request (docs/codex-cli.md#as-a-caller).
import { isRecord } from "../domain/guards.ts";
import type { ToolListing } from "./tool-list.ts";

/** Arguments that are taken and not offered: a model does without them. */
const UNTOLD: ReadonlySet<string> = new Set([
  ...["title", "overwrite", "images", "outputSchema", "timeoutMs", "onLostThread", "resetSession"],
  // The prompt says as much.
  "developer-instructions",
]);
/** What the bridge checks anyway, with an error that says what is expected. */
const CHECKED: ReadonlySet<string> = new Set([
  ...["minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "additionalProperties"],
]);

/** The list in fewer words: an argument is described where it comes first, and what every call checks is left out. */
export function toShortListing(listing: readonly ToolListing[]): readonly ToolListing[] {
  const told = new Map<string, unknown>();
  return listing.map((tool) => ({
    ...tool,
    inputSchema: shorten(tool.inputSchema, told),
    // It reads the result itself.
    outputSchema: { type: "object" },
    _meta: {},
  }));
}

function shorten(schema: ToolListing["inputSchema"], told: Map<string, unknown>): ToolListing["inputSchema"] {
  const { properties, additionalProperties: _checked, ...rest } = schema;
  const kept = Object.entries(isRecord(properties) ? properties : {}).filter(([name]) => !UNTOLD.has(name));
  return {
    ...rest,
    properties: Object.fromEntries(
      kept.map(([name, value]) => {
        if (!isRecord(value)) return [name, value];
        const words = told.get(name);
        const isTold = told.has(name);
        if (!isTold) told.set(name, JSON.stringify(value["enum"]));
        const left = isTold ? dropTold(value, words) : value;
        return [name, dropChecked(left)];
      }),
    ),
  };
}

// What an argument of this name was said to be. Its words stay where they are others.
function dropTold(value: Readonly<Record<string, unknown>>, words: unknown): Readonly<Record<string, unknown>> {
  const { description: _told, enum: choices, ...rest } = value;
  return choices === undefined || JSON.stringify(choices) === words ? rest : { ...rest, enum: choices };
}

function dropChecked(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(value).filter(([key]) => !CHECKED.has(key));
  return Object.fromEntries(entries.map(([key, part]) => [key, isRecord(part) ? dropChecked(part) : part]));
}
