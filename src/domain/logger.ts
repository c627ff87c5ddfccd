/** What the rest of the program may ask of a logger; `logging/` makes the real one. Fields must not hold prompts or answers. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** A logger that says nothing, for tests and for one-shot commands. */
export const SILENT_LOGGER: Logger = { debug() {}, info() {}, warn() {}, error() {} };
