// Every setting of the bridge, one row each: the table in docs/reference.md, the loader and the error texts all come from here.
import { AGENT_ROWS } from "./rows/agent-rows.ts";
import { CHAIN_ROWS } from "./rows/chain-rows.ts";
import { LIMIT_ROWS } from "./rows/limit-rows.ts";
import type { SettingRow } from "./rows/setting-row.ts";
import { STORE_ROWS } from "./rows/store-rows.ts";
import { TURN_ROWS } from "./rows/turn-rows.ts";
import { WORK_ROWS } from "./rows/work-rows.ts";
import type { Settings } from "./settings.ts";

/** Every setting, in the order of docs/reference.md. */
export const SETTING_ROWS = coverAll([
  ...AGENT_ROWS,
  ...LIMIT_ROWS,
  ...TURN_ROWS,
  ...CHAIN_ROWS,
  ...WORK_ROWS,
  ...STORE_ROWS,
] as const);

// Does not compile if a setting has no row.
function coverAll<const Rows extends readonly SettingRow[]>(
  rows: Rows & (Exclude<keyof Settings, Rows[number]["key"]> extends never ? unknown : never),
): Rows {
  return rows;
}
