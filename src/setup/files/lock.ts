// Allows one set-up or migration at a time: a concurrent undo would take changes that are not written yet for undone.
import { createMachine } from "../../app/machine.ts";
import { SILENT_LOGGER } from "../../domain/logger.ts";
import { toFileErrorCode } from "../../state/private-files.ts";

/** Runs `act` while no other process sets up or migrates with this state folder. Throws if another one does, or if the lock cannot be written. */
export async function whileAlone<Value>(
  stateDir: string,
  cwd: string,
  act: () => Value | Promise<Value>,
): Promise<Value> {
  const lock = takeLock(stateDir, cwd);
  if (lock.kind === "held") {
    const { holder, isSeenAlive, path } = lock;
    const way = isSeenAlive ? "" : `, or remove ${path} if that container or machine is gone`;
    throw new Error(
      `another set-up or migration is running (process ${holder.pid} in ${holder.cwd}): try again when it has ended${way}`,
    );
  }
  try {
    return await act();
  } finally {
    lock.release();
  }
}

function takeLock(stateDir: string, cwd: string) {
  const { locks } = createMachine({ stateDir, cwd, logger: SILENT_LOGGER });
  try {
    return locks.take("migrate");
  } catch (error) {
    const reason = String(toFileErrorCode(error));
    throw new Error(`${stateDir} cannot be written (${reason}), so nothing was changed`, { cause: error });
  }
}
