// The logger that the program holds: cheap to make, the real one is loaded with the first line.
import { type Logger, SILENT_LOGGER } from "../domain/logger.ts";
import type { Redact } from "../domain/redact.ts";

/** Where and what to log. */
export interface LoggerOptions {
  /** Least level that is written; `silent` writes nothing. */
  readonly level: string;
  /** State folder; undefined logs to stderr only. */
  readonly stateDir: string | undefined;
  /** Whose secrets are taken out of each line. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A redactor that knows more than `env`; loaded with the first line. */
  readonly loadRedactor?: (() => Promise<Redact>) | undefined;
}

/**
 * Makes the logger. pino is loaded with the first line, since it would be a fifth of the start; lines keep their order.
 * stdout is the protocol, so it is never written to. A log that cannot be written never stops the bridge.
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

// A log that cannot be opened must not end the server.
async function loadPino(options: LoggerOptions): Promise<Logger> {
  try {
    const { createPinoLogger } = await import("./pino-logger.ts");
    return createPinoLogger(options, await options.loadRedactor?.());
  } catch {
    return SILENT_LOGGER;
  }
}
