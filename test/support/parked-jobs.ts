// Jobs that wait for a usage limit, in the files of a lab.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestBridge } from "./bridge.ts";
import type { LabBridge } from "./fixture.ts";
import type { Lab } from "./lab.ts";

/** Paths of the orders of all parked jobs. */
export const ordersOf = ({ stateDir }: Lab): string[] => {
  const folder = join(stateDir, "parked-orders");
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
};

/** Brings the reset to the past, in the order and in the job's record, and has a bridge start what is due. */
export async function resetNow(lab: Lab, bridge: TestBridge | LabBridge): Promise<void> {
  const records = readdirSync(join(lab.stateDir, "jobs")).map((name) => join(lab.stateDir, "jobs", name));
  for (const path of [...ordersOf(lab), ...records]) {
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(/"(until|parkedUntil)":\d+/, `"$1":${Date.now() - 1_000}`));
  }
  // A bridge reads once when a job is due.
  if ("restart" in bridge) await bridge.restart();
  bridge.jobs.startParked();
}
