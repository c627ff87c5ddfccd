// The warm app server: our bridge on it against the raw one, and both against a raw `codex exec`.
import { mapValues, median, race, startServer, time } from "./measure.mjs";
import { openOurs, openRaw } from "./warm-servers.mjs";

const ROUNDS = 21;
const THREADS = 8;
const PARALLEL_ROUNDS = 9;
const LIVE_THREADS = 60;
const NEW_BAR = 0.31;
const FOLLOWING_BAR = 1.15;
const EXEC_BAR = 0.26;
const PARALLEL_BAR = 1.15;
const MEMORY_BAR_MB = 90;

/** Turns on warm threads: a new one, a following one, eight at once; and the memory of sixty threads. */
export async function benchWarm(lab) {
  const ours = openOurs(lab);
  const raw = await openRaw(lab);
  try {
    return [
      ...(await benchTurns(lab, ours, raw)),
      ...(await benchAtOnce(ours, raw)),
      ...(process.platform === "linux" ? await benchMemory(ours, raw) : []),
    ];
  } finally {
    await ours.close();
    await raw.close();
  }
}

async function benchTurns({ runRaw, servers, env, project }, ours, raw) {
  const { official } = servers;
  const old = official && startServer(official.command, { env: { ...env, ...official.env }, cwd: project });
  const [mine, theirs] = [await ours.start(), await raw.start()];
  const others = old === undefined ? {} : { official: () => time(() => old.call("codex", { prompt: "hello" })) };
  const times = mapValues(
    await race(ROUNDS, {
      exec: () => time(runRaw),
      rawNew: () => time(raw.start),
      oursNew: () => time(ours.start),
      rawFollowing: () => time(() => raw.turn(theirs)),
      oursFollowing: () => time(() => ours.turn(mine)),
      ...others,
    }),
    median,
  );
  await old?.close();
  const { exec, rawNew, oursNew, rawFollowing, oursFollowing, official: ofOld } = times;
  const peers = ofOld === undefined ? {} : { official: ofOld };
  return [
    {
      work: "app server: new thread and turn, warm",
      times: { ours: oursNew, ...peers },
      raw: { what: "codex exec", ms: exec },
      ratio: oursNew / exec,
      bar: `× ${NEW_BAR.toFixed(2)}`,
      isMet: oursNew / exec <= NEW_BAR,
      note: `raw app server ${rawNew.toFixed(0)} ms (× ${(rawNew / exec).toFixed(2)})`,
    },
    {
      work: "app server: following turn, warm",
      times: { ours: oursFollowing },
      raw: { what: "app server", ms: rawFollowing },
      ratio: oursFollowing / rawFollowing,
      bar: `× ${FOLLOWING_BAR.toFixed(2)}`,
      isMet: oursFollowing / rawFollowing <= FOLLOWING_BAR,
    },
    {
      work: "the same against codex exec",
      times: { ours: oursFollowing },
      raw: { what: "codex exec", ms: exec },
      ratio: oursFollowing / exec,
      bar: `× ${EXEC_BAR.toFixed(2)}`,
      isMet: oursFollowing / exec <= EXEC_BAR,
    },
  ];
}

async function benchAtOnce(ours, raw) {
  const open = async ({ start }) => {
    const threads = [];
    for (let count = 0; count < THREADS; count += 1) threads.push(await start());
    return threads;
  };
  const [mine, theirs] = [await open(ours), await open(raw)];
  const all =
    ({ turn }, threads) =>
    () =>
      time(() => Promise.all(threads.map(turn)));
  const times = mapValues(await race(PARALLEL_ROUNDS, { raw: all(raw, theirs), ours: all(ours, mine) }), median);
  const ratio = times.ours / times.raw;
  return [
    {
      work: `app server: ${THREADS} turns at once on warm threads`,
      times: { ours: times.ours },
      raw: { what: "app server", ms: times.raw },
      ratio,
      bar: `× ${PARALLEL_BAR.toFixed(2)}`,
      isMet: ratio <= PARALLEL_BAR,
    },
  ];
}

// The threads of the races count too: both have as many.
async function benchMemory(ours, raw) {
  const most = 3 * LIVE_THREADS;
  for (let count = 0; raw.threads() < LIVE_THREADS && count < most; count += 1) await raw.start();
  for (let count = 0; ours.threads() < LIVE_THREADS && count < most; count += 1) await ours.start();
  const [mine, theirs] = [ours.megabytes(), raw.megabytes()];
  return [
    {
      work: `memory with ${LIVE_THREADS} live threads: bridge and app server`,
      counts: { ours: `${mine} MB` },
      bar: `raw + ${MEMORY_BAR_MB} MB`,
      isMet: mine <= theirs + MEMORY_BAR_MB,
      note: `raw app server ${theirs} MB`,
    },
  ];
}
