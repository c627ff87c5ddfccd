// Loaded into a server before its own code: on SIGUSR2 it collects garbage and writes what the server holds into a file of its directory.
const { createHook } = require("node:async_hooks");
const { renameSync, writeFileSync } = require("node:fs");

// Timers that keep nothing alive are in none of Node's lists.
const timers = new Set();
createHook({
  init: (id, type) => void (type === "Timeout" && timers.add(id)),
  destroy: (id) => void timers.delete(id),
}).enable();

const countAll = (emitter) =>
  Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));

process.on("SIGUSR2", () => {
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  const held = {
    heapKiB: Math.round(heapUsed / 1024),
    rssKiB: Math.round(rss / 1024),
    timers: timers.size,
    resources: process.getActiveResourcesInfo().sort(),
    listeners: { process: countAll(process), stdin: countAll(process.stdin), stdout: countAll(process.stdout) },
  };
  writeFileSync("resources.draft", JSON.stringify(held));
  renameSync("resources.draft", "resources.json");
});
