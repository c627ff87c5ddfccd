// Logs of many kinds, generated from a seed: times, hashes, paths, addresses, frames, tables, rules.
const WORDS = "user order session cache payment worker queue index token invoice shard replica".split(" ");
const ENDS = ["started", "finished", "failed", "timed out", "retrying", "rolled back"];
const FOLDERS = "src lib app core node_modules packages utils handlers test internal".split(" ");

/** Random numbers from 0 to below 1, the same for one seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Logs of a seed, by their kind. */
export function makeLogs(seed: number, lines = 60): Readonly<Record<string, string>> {
  const random = createRandom(seed);
  const int = (below: number): number => Math.floor(random() * below);
  const pick = (list: readonly string[]): string => list[int(list.length)] ?? "";
  const some = (count: number, of: () => string, joint = ""): string => Array.from({ length: count }, of).join(joint);
  const hex = (count: number): string => some(count, () => pick([..."0123456789abcdef"]));
  const two = (below: number): string => String(int(below)).padStart(2, "0");
  const time = (): string => `${two(24)}:${two(60)}:${two(60)}`;
  const stamp = (): string => `2026-${two(12)}-${two(28)}T${time()}.${int(900) + 100}Z`;
  const word = (): string => pick(WORDS);
  const path = (): string => `${some(2 + int(4), () => pick(FOLDERS), "/")}/${word()}${pick(["-x", "_y", "Z", ""])}.ts`;
  const base64 = (): string =>
    some(86, () => pick([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"]));
  const kinds: Readonly<Record<string, () => string>> = {
    times: () =>
      `${stamp()} ${pick(["INFO", "WARN", "ERROR"])} [${word()}-${int(20)}] ${word()} ${pick(ENDS)} in ${int(5000)}ms`,
    ids: () => `${stamp()} ${word()} id=${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)} status=${pick(ENDS)}`,
    access: () =>
      `${int(256)}.${int(256)}.${int(256)}.${int(256)} - - [${two(28)}/Mar/2026:${time()} +0000] "GET /api/v1/${word()}/${int(1e6)} HTTP/1.1" ${int(5) * 100} ${int(90_000)}`,
    kernel: () =>
      `Mar ${int(28)} ${time()} host-${int(40)} kernel: [${int(99_999)}.${int(999_999)}] ${word()}: ${pick(ENDS)} at 0x${hex(16)}`,
    frames: () => `    at ${word()}.${word()}Handler (/srv/${path()}:${int(900)}:${int(80)})`,
    tests: () => `tests/${path()}::test_${word()}_${word()} ${pick(["PASSED", "FAILED"])}  [ ${int(100)}%]`,
    json: () =>
      `{"ts":"${stamp()}","level":"info","msg":"${word()} ${pick(ENDS)}","trace":"${hex(32)}","ms":${int(9999)}}`,
    dump: () => `${hex(8)}  ${some(16, () => hex(2), " ")}  |................|`,
    commits: () => `${hex(40)} ${pick(["feat", "fix"])}: ${word()} ${pick(ENDS)}`,
    build: () =>
      `[${int(400)}/400] Building CXX object ${path()}.o -O2 -DNDEBUG -I/usr/include/${word()} (${int(9)}.${two(99)}s)`,
    listing: () => `-rw-r--r-- 1 root root ${int(1e7)} Mar ${int(28)} ${two(24)}:${two(60)} ${path()}`,
    sums: () =>
      `npm WARN deprecated ${word()}@${int(9)}.${int(30)}.${int(30)}: no longer supported, sha512-${base64()}==`,
    table: () => `| ${word().padEnd(16)} | ${String(int(9999)).padStart(8)} | ${String(int(99)).padStart(9)} |`,
    rules: () => `${"=".repeat(20 + int(60))} ${word()} ${pick(ENDS)} ${"-".repeat(20 + int(40))}`,
  };
  const all = Object.values(kinds);
  const mixed = (): string => all[int(all.length)]?.() ?? "";
  return Object.fromEntries(Object.entries({ ...kinds, mixed }).map(([name, line]) => [name, some(lines, line, "\n")]));
}
