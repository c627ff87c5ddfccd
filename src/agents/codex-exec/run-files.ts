// The files that a run passes to Codex: it takes some settings only by path.
import type { Logger } from "../../domain/logger.ts";
import type { ScratchFiles } from "../../state/scratch-files.ts";
import type { LaunchFiles } from "../codex/launch/launch-options.ts";
import type { CodexTurnRequest } from "../codex/turn/codex-turn-request.ts";

/** The files of a run. */
export interface RunFiles {
  readonly paths: LaunchFiles;
  /** Removes them. Never throws: the sweep of the scratch folder removes a file that stays, after a day. */
  remove(): void;
}

/** What the files are written with. */
export interface RunFilesOptions {
  readonly scratch: ScratchFiles;
  readonly logger: Logger;
}

/** Writes the files. Throws the file system's error; then none is left. */
export function writeRunFiles(
  { outputSchema, frame }: Pick<CodexTurnRequest, "outputSchema" | "frame">,
  runId: string,
  { scratch, logger }: RunFilesOptions,
): RunFiles {
  const written: string[] = [];
  const write = (name: string, text: string): string => {
    const path = scratch.write(name, text);
    written.push(path);
    return path;
  };
  const remove = (): void => {
    for (const path of written) {
      try {
        scratch.remove(path);
      } catch (error) {
        logger.warn({ err: error }, "a scratch file was not removed");
      }
    }
  };
  const base = frame.baseInstructions;
  try {
    return {
      paths: {
        outputSchema: outputSchema === undefined ? undefined : write(`${runId}.json`, JSON.stringify(outputSchema)),
        baseInstructions: base === undefined ? undefined : write(`${runId}.md`, base),
      },
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}
