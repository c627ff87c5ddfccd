// The logger that the program holds: cheap to make, the real one is loaded with the first line.
import type { Logger } from "../domain/logger.ts";

/** Where and what to log. */
export interface LoggerOptions {
  /** Least level that is written; `silent` writes nothing. */
  readonly level: string;
  /** State folder; undefined logs to stderr only. */
  readonly stateDir: string | undefined;
}

/**
 * Makes the logger. pino is loaded with the first line, since it would be a fifth of the start; lines keep their order.
 * stdout is the protocol, so it is never written to. A log that cannot be written never stops the bridge.
 */
export function createLogger(options: LoggerOptions): Logger {
  if (options.level === "silent") return { debug() {}, info() {}, warn() {}, error() {} };
  let real: Logger | undefined;
  let isLoading = false;
  const waiting: ((logger: Logger) => void)[] = [];
  const load = async (): Promise<void> => {
    isLoading = true;
    const { createPinoLogger } = await import("./pino-logger.ts");
    const logger = createPinoLogger(options);
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
