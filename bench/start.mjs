// From the spawn to the answer of tools/list, against a bare node, and what the answer costs in tokens.
import { mapValues, median, race, runToExit, startServer, time } from "./measure.mjs";

const ROUNDS = 11;
const BAR = 2.3;
/** 2,780 with the tools for threads, and what the tools for receipts, proposals, reviews and other agents may cost: 120 each, 25 an argument. */
const TOKEN_BAR = 2_780 + 6 * 120 + 43 * 25 + 120 + 3 * 25 + 2 * 120 + (9 + 14) * 25 + 120 + 3 * 25;

/** Two rows for each environment: both eras of MCP. Only ours speaks the new one. */
export async function benchStart({ servers, environments, cwd }) {
  const rows = [];
  for (const [label, env] of Object.entries(environments)) {
    const start =
      (server, isModern = false) =>
      () =>
        time(
          async () => {
            const running = startServer(server.command, { env: { ...env, ...server.env }, cwd }, isModern);
            await running.list();
            return running;
          },
          (running) => running.close(),
        );
    const bare = () => time(() => runToExit(process.execPath, ["-e", "0"], { env, cwd }));
    const contenders = { bare, modern: start(servers.ours, true), ...mapValues(servers, (server) => start(server)) };
    const { bare: raw, modern, ...times } = await race(ROUNDS, contenders);
    rows.push(toRow(`start to tools/list, ${label}`, times, raw));
    rows.push(toRow(`the same in MCP 2026-07-28, ${label}`, { ours: modern }, raw));
  }
  return rows;
}

function toRow(work, times, raw) {
  const ratio = median(times.ours) / median(raw);
  return {
    work,
    times: mapValues(times, median),
    raw: { what: "node -e 0", ms: median(raw) },
    ratio,
    bar: `× ${BAR}`,
    isMet: ratio <= BAR,
  };
}

/** What a client pays for the list of tools: name, description and arguments, four characters a token. */
export async function benchTokens({ servers, environments, cwd }) {
  const [env] = Object.values(environments);
  const tokens = {};
  for (const [name, server] of Object.entries(servers)) {
    const running = startServer(server.command, { env: { ...env, ...server.env }, cwd });
    const paid = (await running.list()).map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema,
    }));
    tokens[name] = Math.ceil(JSON.stringify(paid).length / 4);
    await running.close();
  }
  return [{ work: "tools/list, tokens", counts: tokens, bar: String(TOKEN_BAR), isMet: tokens.ours <= TOKEN_BAR }];
}
