// The log: pino writes to stderr and to a file in the state folder, with secrets redacted. The file is needed since Claude Code shows neither
// stderr nor MCP log messages.
import { writeSync } from "node:fs";
import { pino } from "pino";
import type { Logger } from "../domain/logger.ts";
import { toPrintable } from "../domain/printable.ts";
import { createRedactor, type Redact } from "../domain/redact.ts";
import { createLogFile } from "./log-file.ts";
import type { LoggerOptions } from "./logger.ts";

const STDERR = 2;

/** Creates the pino logger. It never writes to stdout, which carries the protocol. A log that cannot be written never stops the bridge. */
export function createPinoLogger(options: LoggerOptions, redact: Redact = createRedactor(options.env)): Logger {
  const writeFile = options.stateDir === undefined ? undefined : createLogFile(options.stateDir);
  const write = (line: string): void => {
    // A terminal interprets characters that JSON does not escape.
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

// A full disk, a closed stderr or a removed folder must not end a turn.
function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
