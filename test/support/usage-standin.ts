// A stand-in for the service of which Codex asks how much of a ChatGPT account's usage is used.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Lab } from "./lab.ts";

const NOW_S = (): number => Math.floor(Date.now() / 1_000);

/** A window of the service's answer. */
export const window5h = (used_percent: number, seconds = 3_600) => ({
  used_percent,
  ...{ limit_window_seconds: 18_000, reset_after_seconds: seconds, reset_at: NOW_S() + seconds },
});

/** The service's answer: whether another turn is allowed, and the use of the 5-hour window. */
export const usageOf = (allowed: boolean, used_percent: number, more: object = {}) => ({
  ...{ plan_type: "plus", user_id: "u", account_id: "acc" },
  rate_limit: { allowed, limit_reached: !allowed, primary_window: window5h(used_percent), secondary_window: null },
  ...more,
});

export interface UsageStandIn {
  /** How often the usage was asked for. */
  readonly asked: () => number;
  /** How many of these requests have no answer yet, and are still waited for. */
  readonly pending: () => number;
  /** Changes the answer; `delayMs` holds it back. */
  answer(usage: object, options?: { status?: number; delayMs?: number }): void;
  close(): Promise<void>;
}

/** Gives the lab a made-up ChatGPT login whose account is at a stand-in, with OpenAI's own provider at the lab's model. */
export async function useAccount(lab: Lab, provider = ""): Promise<UsageStandIn> {
  let current = { usage: usageOf(true, 50) as object, status: 200, delayMs: 0 };
  let asked = 0;
  let pending = 0;
  const server = createServer((request, response) => {
    const isUsage = (request.url ?? "").endsWith("/wham/usage");
    if (isUsage) {
      asked += 1;
      pending += 1;
      response.once("close", () => {
        pending -= 1;
      });
    }
    const { usage, status, delayMs } = current;
    const send = (): void => {
      response.writeHead(isUsage ? status : 404, { "content-type": "application/json" });
      response.end(isUsage ? JSON.stringify(usage) : "{}");
    };
    if (isUsage) setTimeout(send, delayMs).unref();
    else send();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const account = `chatgpt_base_url = "http://127.0.0.1:${port}/backend-api/"\nopenai_base_url = "${lab.standIn.baseUrl}"`;
  // No traffic but to the stand-ins.
  const features = "[features]\nplugins = false\napps = false\nenable_request_compression = false\n";
  const config = `${account}\nmodel = "gpt-5.5"\n${provider}\n${features}`;
  writeFileSync(join(lab.codexHome, "config.toml"), config);
  writeFileSync(join(lab.codexHome, "auth.json"), JSON.stringify(toLogin()));
  return {
    asked: () => asked,
    pending: () => pending,
    answer: (usage, { status = 200, delayMs = 0 } = {}) => {
      current = { usage, status, delayMs };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function toLogin() {
  const auth = { chatgpt_plan_type: "plus", chatgpt_account_id: "acc", chatgpt_user_id: "u" };
  const claims = { email: "a@b.c", exp: NOW_S() + 86_400, iat: NOW_S(), "https://api.openai.com/auth": auth };
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${encode({ alg: "none" })}.${encode(claims)}.c2ln`;
  const tokens = { id_token: token, access_token: token, refresh_token: "r", account_id: "acc" };
  return { auth_mode: "chatgpt", OPENAI_API_KEY: null, tokens, last_refresh: new Date().toISOString() };
}
