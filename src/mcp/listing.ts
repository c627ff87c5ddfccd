// The answers to tools/list. The build runs this module and bundles its results, so that no start has to build the schemas again.
import type { Role } from "../domain/role.ts";
import { ROLE_TOOLS } from "../tools/index.ts";
import { toShortListing } from "./short-listing.ts";
import { type ToolListing, toToolListing } from "./tool-list.ts";

/** The tools of a role as tools/list shows them. Always the same bytes. */
export function readListing(role: Role): readonly ToolListing[] {
  const listing = ROLE_TOOLS[role].map(toToolListing);
  return role === "codex" ? toShortListing(listing) : listing;
}
