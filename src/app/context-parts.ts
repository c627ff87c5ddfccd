// What shapes a context that is handed on: the window in force, and where the whole of a cut text is kept.
import { nanoid } from "nanoid";
import type { KeepWhole } from "../context/fit-items.ts";
import { overrideWindow } from "../context/window.ts";
import type { Logger } from "../domain/logger.ts";
import type { RulesInForce } from "../rules/rules-reader.ts";
import type { Settings } from "../settings/settings.ts";
import type { ScratchFiles } from "../state/scratch-files.ts";

/** Reads the rules with the user's settings of the window over them. */
export function overWindow(
  readRules: () => RulesInForce,
  { maxContextTokens, compressionStrategy }: Pick<Settings, "maxContextTokens" | "compressionStrategy">,
): () => RulesInForce {
  return () => {
    const { rules, ...others } = readRules();
    return { ...others, rules: overrideWindow(rules, { maxTokens: maxContextTokens, strategy: compressionStrategy }) };
  };
}

/** Keeps a text beside the long answers, for as long as these; its path is its id, so that any agent can read it. */
export function createKeeper(results: ScratchFiles, logger: Logger): KeepWhole {
  return (text) => {
    try {
      return results.write(`context-${nanoid()}.txt`, text);
    } catch (error) {
      logger.warn({ err: error }, "the whole of a context that was cut could not be kept");
      return undefined;
    }
  };
}
