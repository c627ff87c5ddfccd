// Checks of what lets commands out of Codex's sandbox although it holds: Codex's own command rules.
import { type CodexRulesMode, listRuleFolders, readCommandRules, SYSTEM_RULES } from "../agents/codex/command-rules.ts";
import { type Finding, ok, warning } from "./check.ts";

/** Codex's command rules, and what the bridge does with them. */
export function checkCommandRules(cwd: string, codexHome: string, mode: CodexRulesMode): Finding {
  const { allowing, forbidding } = readCommandRules(listRuleFolders(cwd, codexHome));
  const machine = readCommandRules([SYSTEM_RULES]).allowing;
  const all = [...machine, ...allowing];
  if (all.length === 0) {
    return ok(forbidding.length === 0 ? "none" : `${forbidding.join(", ")}: they allow nothing, and stay in force`);
  }
  const found = `${all.join(", ")} may let commands out of every sandbox, with network`;
  if (mode === "honour") {
    return warning(
      `${found}, and BRIDGE_CODEX_RULES=honour applies them`,
      "Unset BRIDGE_CODEX_RULES, unless you want that in read-only threads too.",
    );
  }
  if (machine.length > 0) {
    return warning(
      `${found}; no option of Codex leaves out those of ${SYSTEM_RULES}`,
      "Calls below full access are refused: remove the rules that allow commands, or accept them with BRIDGE_CODEX_RULES=honour.",
    );
  }
  const lost = forbidding.length === 0 ? "" : `, and with them what ${forbidding.join(", ")} forbids`;
  return warning(
    `${found}: the bridge leaves them out${lost}`,
    "Nothing, if the sandbox is to hold; BRIDGE_CODEX_RULES=honour applies them all. A Codex CLI before 0.142 cannot leave them out: calls are refused there.",
  );
}
