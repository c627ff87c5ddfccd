// The answer to tools/list. The build runs this module and bundles its result, so that no start has to build the schemas again.
import { TOOLS } from "../tools/index.ts";
import { type ToolListing, toToolListing } from "./tool-list.ts";

/** Every tool as tools/list shows it. */
export const LISTING: readonly ToolListing[] = TOOLS.map(toToolListing);
