/** A logger, as the rest of the program sees it; `logging/` makes the real one. Fields must not contain prompts or answers. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** A logger that says nothing, for tests and for one-shot commands. */
export const SILENT_LOGGER: Logger = { debug() {}, info() {}, warn() {}, error() {} };
