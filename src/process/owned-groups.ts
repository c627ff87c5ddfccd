// Ends process groups together with this process: a group of its own gets no Ctrl-C of the terminal, and no signal of whoever ends us.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const owned = new Set<OwnedGroup>();

/** A group that ends with this process. */
export interface OwnedGroup {
  /** Its id, once it is known. */
  pid: number | undefined;
}

/**
 * Makes a place for a group that is started next, and kills it if this process ends before the place is given back. It is made before the start: a
 * signal that comes in between would end this process alone.
 */
export function ownGroup(): { readonly group: OwnedGroup; readonly release: () => void } {
  if (owned.size === 0) listen();
  const group: OwnedGroup = { pid: undefined };
  owned.add(group);
  const release = (): void => {
    if (owned.delete(group) && owned.size === 0) stopListening();
  };
  return { group, release };
}

/** Kills every process of the group `pid`. Nothing happens if there is none. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Its processes have ended.
  }
}

function listen(): void {
  process.on("exit", killAll);
  for (const signal of SIGNALS) process.on(signal, endBy);
}

function stopListening(): void {
  process.off("exit", killAll);
  for (const signal of SIGNALS) process.off(signal, endBy);
}

function killAll(): void {
  for (const { pid } of owned) if (pid !== undefined) killGroup(pid);
  owned.clear();
}

// Where nobody else listens to the signal, it ends this process as it would have done without us.
function endBy(signal: NodeJS.Signals): void {
  killAll();
  stopListening();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
