// Tasks that must not run side by side.

/** Makes a function that runs one task at a time for each key: git locks its index. */
export function createQueues(): <Value>(key: string, act: () => Promise<Value>) => Promise<Value> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, act) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(act);
    const quiet = mine.catch(() => {});
    last.set(key, quiet);
    try {
      return await mine;
    } finally {
      if (last.get(key) === quiet) last.delete(key);
    }
  };
}
