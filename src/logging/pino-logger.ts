// The log: pino, to stderr and to a file in the state folder (Claude Code shows neither stderr nor log messages), secrets redacted.
import { appendFileSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import type { Logger } from "../domain/logger.ts";
import { toPrintable } from "../domain/printable.ts";
import { createRedactor, type Redact } from "../domain/redact.ts";
import { makePrivateFolder } from "../state/private-files.ts";
import type { LoggerOptions } from "./logger.ts";

/** A log file larger than this is put aside as `bridge.log.1` when a bridge starts. */
const MAX_LOG_BYTES = 5_000_000;
const STDERR = 2;

/** Makes the pino logger. stdout is the protocol, so it is never written to; a log that cannot be written never stops the bridge. */
export function createPinoLogger(options: LoggerOptions, redact: Redact = createRedactor(options.env)): Logger {
  const path = options.stateDir === undefined ? undefined : openLogFile(options.stateDir);
  const write = (line: string): void => {
    // JSON escapes less than a terminal obeys.
    const safe = toPrintable(redact(line));
    quietly(() => writeSync(STDERR, safe));
    if (path !== undefined) quietly(() => appendFileSync(path, safe, { mode: 0o600 }));
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
