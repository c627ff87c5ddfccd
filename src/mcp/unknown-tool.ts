import type { ToolListing } from "./tool-list.ts";

/** What the caller of a tool that does not exist is told. */
export function describeUnknownTool(name: string, listing: readonly ToolListing[]): string {
  return `Unknown tool: ${name.slice(0, 100)}. Tools: ${listing.map((tool) => tool.name).join(", ")}`;
}
