// Rules under which a task that fails twice is the user's to decide on.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes them into a folder; gives their path. */
export function writeHumanPath(folder: string): string {
  const path = join(folder, "rules.json");
  const rules = JSON.parse(readFileSync(join(import.meta.dirname, "../../delegation-rules.json"), "utf8"));
  rules.routing_config.escalation_policies[0].escalation_path = [
    { step: 1, agent: "human_intervention", strategy: "alert" },
  ];
  writeFileSync(path, JSON.stringify(rules));
  return path;
}
