// Ends process groups together with this process: a group of its own gets no Ctrl-C of the terminal, and no signal of whoever ends us.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const owned = new Set<number>();

/** Kills the group `pid` if this process ends before the returned function is called. */
export function ownGroup(pid: number): () => void {
  if (owned.size === 0) listen();
  owned.add(pid);
  return () => {
    if (owned.delete(pid) && owned.size === 0) stopListening();
  };
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
  for (const pid of owned) killGroup(pid);
  owned.clear();
}

// Where nobody else listens to the signal, it ends this process as it would have done without us.
function endBy(signal: NodeJS.Signals): void {
  killAll();
  stopListening();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
