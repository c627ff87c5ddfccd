// The logger that the program holds. It is cheap to create and loads pino with the first line.
import { type Logger, SILENT_LOGGER } from "../domain/logger.ts";
import type { Redact } from "../domain/redact.ts";

/** Where and what to log. */
export interface LoggerOptions {
  /** Lowest level that is written; `silent` writes nothing. */
  readonly level: string;
  /** State folder; undefined logs to stderr only. */
  readonly stateDir: string | undefined;
  /** Environment whose secrets are removed from each line. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Loads a redactor that knows more secrets than `env` has; called with the first line. */
  readonly loadRedactor?: (() => Promise<Redact>) | undefined;
}

/**
 * Creates the logger. pino is loaded with the first line, since it would take a fifth of the start; lines keep their order.
 * It never writes to stdout, which carries the protocol. A log that cannot be written never stops the bridge.
 */
export function createLogger(options: LoggerOptions): Logger {
  if (options.level === "silent") return SILENT_LOGGER;
  let real: Logger | undefined;
  let isLoading = false;
  const waiting: ((logger: Logger) => void)[] = [];
  const load = async (): Promise<void> => {
    isLoading = true;
    const logger = await loadPino(options);
    real = logger;
    for (const write of waiting.splice(0)) write(logger);
  };
  const log = (write: (logger: Logger) => void): void => {
    if (real !== undefined) {
      write(real);
      return;
    }
    waiting.push(write);
    if (!isLoading) void load();
  };
  return {
    debug: (fields, message) => log((logger) => logger.debug(fields, message)),
    info: (fields, message) => log((logger) => logger.info(fields, message)),
    warn: (fields, message) => log((logger) => logger.warn(fields, message)),
    error: (fields, message) => log((logger) => logger.error(fields, message)),
  };
}

// A log that cannot be loaded must not end the server.
async function loadPino(options: LoggerOptions): Promise<Logger> {
  try {
    const { createPinoLogger } = await import("./pino-logger.ts");
    return createPinoLogger(options, await options.loadRedactor?.());
  } catch {
    return SILENT_LOGGER;
  }
}
