// What thousands of stored jobs cost those who look at them.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, race, startServer, time } from "./measure.mjs";

const FEW = 10;
const MANY = 1_000;
const ROUNDS = 101;
const BAR = 2;
/** A folder that was just written to is listed anew each time, so both servers wait until theirs is quiet. */
const QUIET_MS = 2_500;

/** `list` of the jobs of a project, beside few and beside many records. */
export async function benchJobList(lab) {
  const folder = mkdtempSync(join(lab.project, "../jobs-"));
  const states = { few: join(folder, "few"), many: join(folder, "many") };
  const open = (stateDir) =>
    startServer(lab.servers.ours.command, { env: { ...lab.env, BRIDGE_STATE_DIR: stateDir }, cwd: lab.project });
  const first = open(states.few);
  for (let at = 0; at < FEW; at += 1) {
    const { structuredContent } = await first.call("codex", { prompt: "hello", background: true });
    await first.call("agent_job", { action: "wait", jobIds: [structuredContent.jobId] });
  }
  await first.close();
  cpSync(states.few, states.many, { recursive: true });
  multiply(join(states.many, "jobs"));
  const servers = { few: open(states.few), many: open(states.many) };
  const list = (name) => () => time(() => servers[name].call("agent_job", { action: "list" }));
  const contenders = { few: list("few"), many: list("many") };
  await race(5, contenders);
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const { few, many } = await race(ROUNDS, contenders);
  for (const server of Object.values(servers)) await server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const ratio = median(many) / median(few);
  return [
    {
      work: `list beside ${MANY.toLocaleString("en")} stored jobs`,
      times: { ours: median(many) },
      raw: { what: `beside ${FEW}`, ms: median(few) },
      ratio,
      bar: `× ${BAR.toFixed(2)}`,
      isMet: ratio <= BAR,
      note: "the newest 20 are listed, so the one beside few tells half as much",
    },
  ];
}

// Copies of the records that are there, each a job of its own.
function multiply(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  for (let at = FEW; at < MANY; at += 1) {
    const name = names[at % names.length];
    const [id] = /cx-[\w-]{8}/.exec(name);
    const other = `cx-${String(at).padStart(8, "0")}`;
    writeFileSync(
      join(folder, name.replace(id, other)),
      readFileSync(join(folder, name), "utf8").replaceAll(id, other),
    );
  }
}
