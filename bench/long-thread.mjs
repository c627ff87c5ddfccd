// Many turns on one thread, ours and raw in turn: what a turn costs more at the end than at the beginning.
import { median, time } from "./measure.mjs";
import { openOurs, openRaw } from "./warm-servers.mjs";

const TURNS = 500;
/** The turns around the 10th, and as many at the end. One turn alone says little on a shared machine. */
const EARLY = [5, 14];
const LATE = [TURNS - 9, TURNS];
const BAR = 1.3;

/** Takes over a minute. */
export async function benchLongThread(lab) {
  const ours = openOurs(lab);
  const raw = await openRaw(lab);
  try {
    const [mine, theirs] = [await ours.start(), await raw.start()];
    const times = { ours: [], raw: [] };
    const before = ours.megabytes();
    while (times.ours.length < TURNS) {
      times.raw.push(await time(() => raw.turn(theirs)));
      times.ours.push(await time(() => ours.turn(mine)));
    }
    const [early, late] = [EARLY, LATE].map(([from, to]) => ({
      ours: median(times.ours.slice(from, to)),
      raw: median(times.raw.slice(from, to)),
    }));
    return [toRow(early, late, `memory of bridge and app server ${before} MB, then ${ours.megabytes()} MB`)];
  } finally {
    await ours.close();
    await raw.close();
  }
}

function toRow(early, late, note) {
  const ratio = late.ours / early.ours;
  const floor = `${early.raw.toFixed(0)} ms, then ${late.raw.toFixed(0)} ms (× ${(late.raw / early.raw).toFixed(2)})`;
  return {
    work: `app server: ${TURNS} turns on one thread, the last`,
    times: { ours: late.ours },
    raw: { what: "the 10th", ms: early.ours },
    ratio,
    bar: `× ${BAR.toFixed(2)}`,
    isMet: ratio <= BAR,
    note: `raw app server ${floor}; ${note}`,
  };
}
