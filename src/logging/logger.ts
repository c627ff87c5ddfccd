// The log: pino, to stderr and to a file in the state folder (Claude Code shows neither stderr nor log messages), secrets redacted.
import { appendFileSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../domain/logger.ts";
import { redactSecrets } from "../domain/redact.ts";
import { makePrivateFolder } from "../state/private-files.ts";

/** A log file larger than this is put aside as `bridge.log.1` when a bridge starts. */
const MAX_LOG_BYTES = 5_000_000;
const STDERR = 2;

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
    const { logger } = await createPino(options);
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

async function createPino(options: LoggerOptions): Promise<{ logger: Logger }> {
  // The default export is the one that a bundle and Node both give.
  const { default: pino } = await import("pino");
  const path = options.stateDir === undefined ? undefined : openLogFile(options.stateDir);
  const write = (line: string): void => {
    const safe = redactSecrets(line);
    quietly(() => writeSync(STDERR, safe));
    if (path !== undefined) quietly(() => appendFileSync(path, safe, { mode: 0o600 }));
  };
  const logger = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ["*.env", "env", "*.authorization", "prompt", "*.prompt", "*.input"],
      serializers: { err: pino.stdSerializers.err },
    },
    { write },
  );
  return { logger };
}

function openLogFile(stateDir: string): string | undefined {
  const path = join(stateDir, "bridge.log");
  return quietly(() => {
    makePrivateFolder(stateDir);
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
    return path;
  });
}

// A full disk, a closed stderr or a lost folder must not end a turn.
function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
