// The log: pino, to stderr and to a file in the state folder (Claude Code shows neither stderr nor log messages), secrets redacted.
import { writeSync } from "node:fs";
import { pino } from "pino";
import type { Logger } from "../domain/logger.ts";
import { toPrintable } from "../domain/printable.ts";
import { createRedactor, type Redact } from "../domain/redact.ts";
import { createLogFile } from "./log-file.ts";
import type { LoggerOptions } from "./logger.ts";

const STDERR = 2;

/** Makes the pino logger. stdout is the protocol, so it is never written to; a log that cannot be written never stops the bridge. */
export function createPinoLogger(options: LoggerOptions, redact: Redact = createRedactor(options.env)): Logger {
  const writeFile = options.stateDir === undefined ? undefined : createLogFile(options.stateDir);
  const write = (line: string): void => {
    // JSON escapes less than a terminal obeys.
    const safe = toPrintable(redact(line));
    quietly(() => writeSync(STDERR, safe));
    quietly(() => writeFile?.(safe));
  };
  return pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ["*.env", "env", "*.authorization", "prompt", "*.prompt", "*.input"],
      serializers: { err: pino.stdSerializers.err },
    },
    { write },
  );
}

// A full disk, a closed stderr or a lost folder must not end a turn.
function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
