// Checks of the bridge's own parts: Node, settings, rules, state folder, leftovers.
import { accessSync, chmodSync, constants, type Stats, statSync } from "node:fs";
import { countOf } from "../../domain/count-of.ts";
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import type { RunLedger } from "../../process/run-ledger.ts";
import { toToldName } from "../../routing/told-name.ts";
import { createRulesReader } from "../../rules/rules-reader.ts";
import { prepareStateFolder } from "../../state/state-folder.ts";
import { addressUser, type Finding, failed, ok, warning } from "./check.ts";
import type { DoctorSettings } from "./options.ts";

/** Checks the platform. The version is always new enough: the program does not start on an older Node. */
export function checkNode(platform: NodeJS.Platform, version: string): Finding {
  const found = `Node ${version} on ${platform}`;
  if (platform === "linux") return ok(found);
  return warning(found, "The bridge is tested on Linux only. Please report what does not work here.");
}

/** Checks the settings that were read from the environment. */
export function checkSettings(
  loaded: { warnings: readonly string[] } & (
    | { settings: Pick<DoctorSettings, "maxJobs" | "jobTtlMs"> }
    | { problems: readonly string[] }
  ),
): Finding {
  if ("problems" in loaded) return failed(loaded.problems.join("; "), "Correct the `env` of the server's entry.");
  const { maxJobs, jobTtlMs } = loaded.settings;
  const jobs = `${countOf(maxJobs, "background job")} at once, kept for ${describeTime(jobTtlMs)}`;
  if (loaded.warnings.length === 0) return ok(`all valid; ${jobs}`);
  return warning(
    loaded.warnings.join(" "),
    "Correct a misspelt name. Set a variable that is not expanded, or give it an empty default in the entry (`:-` before the closing brace).",
  );
}

function describeTime(ms: number): string {
  const days = ms / 86_400_000;
  return days >= 1 ? countOf(Number(days.toFixed(1)), "day") : `${Number((ms / 60_000).toFixed(1))} min`;
}

/** Checks the delegation rules file. */
export function checkRules(path: string): Finding {
  try {
    const { rules, route } = createRulesReader(path)();
    const { routing_rules: all, escalation_policies: policies } = rules.routing_config;
    const found = `${path}: ${countOf(all.length, "rule")}, ${policies.length} escalation ${policies.length === 1 ? "policy" : "policies"}`;
    const short = all.filter(({ action }) => action.timeout !== undefined && action.timeout < 120_000);
    route({ task: "" });
    if (short.length === 0) return ok(found);
    const names = short.map(({ rule_id: id }) => toToldName(id)).join(", ");
    return warning(`${found}; timeout below 120000 counts as 120000: ${names}`, "Raise the timeout, or leave it out.");
  } catch (error) {
    return failed(toBridgeError(error).message, "Correct the file there. Until then route_task answers RULES_INVALID.");
  }
}

/**
 * Checks that the state folder is writable and that only this user can read it. `isFix` corrects its mode. If a call would be refused, the
 * finding repeats the call's error.
 */
export function checkState(path: string, isFix: boolean): Finding {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() !== true || stat.uid !== process.getuid?.()) return prepareAsCallsDo(path, stat);
    const mode = stat.mode & 0o777;
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    if ((mode & 0o077) === 0) return ok(`${path}: writable, for this user only`);
    if (!isFix)
      return warning(
        `${path}: other users can read it (mode ${mode.toString(8)})`,
        "Run doctor --fix, or set its mode to 700.",
      );
    chmodSync(path, 0o700);
    return ok(`${path}: mode set to 700`);
  } catch (error) {
    if (error instanceof BridgeError) {
      return failed(error.message, `Every call is refused until this is fixed. ${addressUser(error.report.nextStep)}`);
    }
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return failed(
      `${path}: cannot be used (${code})`,
      `Calls work, but threads do not outlive the bridge. Make ${path} writable, or set BRIDGE_STATE_DIR.`,
    );
  }
}

// Creates a missing folder and changes nothing else. A folder of another user is only inspected.
function prepareAsCallsDo(path: string, before: Stats | undefined): Finding {
  const warnings = prepareStateFolder(path);
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  if (warnings.length > 0)
    return warning(warnings.join(" "), "Set BRIDGE_STATE_DIR to a folder of your own that has free space.");
  return ok(before === undefined ? `${path}: created` : `${path}: writable`);
}

/** Checks for processes that killed bridges left running. `isFix` ends them. */
export async function checkLeftovers(ledger: RunLedger, isFix: boolean): Promise<Finding> {
  const left = ledger.findAbandoned();
  if (left.length === 0) return ok("none");
  const found = left.map(({ pid, command }) => `${pid} ${command.slice(0, 40)}`).join("; ");
  if (!isFix)
    return warning(
      `left by a bridge that was killed: ${found}`,
      "Run doctor --fix to end them, or start a bridge, which ends them too.",
    );
  await ledger.reap();
  return ok(`ended ${left.length} left by a bridge that was killed`);
}
