// What tools/list answers. The build runs this module and bundles its result: the schemas are not built again at every start.
import { TOOLS } from "../tools/index.ts";
import { type ToolListing, toToolListing } from "./tool-list.ts";

/** Every tool as tools/list shows it. */
export const LISTING: readonly ToolListing[] = TOOLS.map(toToolListing);
