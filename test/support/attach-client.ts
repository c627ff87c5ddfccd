// A second client of a bridge's app server, as Codex's own terminal is one.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { WebSocket } from "ws";
import { type Lab, until } from "./lab.ts";
import { findMarked } from "./stdio-bridge.ts";

type Message = Record<string, unknown> & { readonly params?: Record<string, unknown> };

export interface AttachClient {
  /** Everything that the server said without being asked. */
  readonly heard: Message[];
  request(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>>;
  answer(id: unknown, result: Record<string, unknown>): void;
  /** How many turns of the thread have ended. */
  countEnds(): number;
  close(): void;
}

export interface AttachEntry {
  readonly threadId: string;
  readonly socket?: string;
  readonly why?: string;
}

/** What the bridges of a lab tell of their threads. */
export function readAttachEntries(lab: Lab): AttachEntry[] {
  const folder = join(lab.stateDir, "attach-threads");
  const names = ((): string[] => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  })();
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name): AttachEntry => JSON.parse(readFileSync(join(folder, name), "utf8")));
}

/** The processes of a lab's app servers that listen on a socket. */
export function findListening(lab: Lab): number[] {
  const isListening = ({ pid }: { pid: number }): boolean => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0--listen\0");
    } catch {
      return false;
    }
  };
  return findMarked(`CODEX_HOME=${lab.codexHome}`)
    .filter(isListening)
    .map(({ pid }) => pid);
}

/** Opens a bridge's thread as a terminal does. */
export async function attachTo(lab: Lab, threadId: string): Promise<AttachClient> {
  const socket = readAttachEntries(lab).find((entry) => entry.threadId === threadId)?.socket;
  if (socket === undefined) throw new Error(`no terminal can open ${threadId}`);
  const client = await connectTo(socket);
  await client.request("thread/resume", { threadId, excludeTurns: true });
  return client;
}

/** Connects to an app server. */
export async function connectTo(socket: string): Promise<AttachClient> {
  const web = new WebSocket(`ws+unix:${socket}:/`, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => web.once("open", resolve).once("error", reject));
  const heard: Message[] = [];
  const waiting = new Map<unknown, (message: Message) => void>();
  web.on("message", (data) => {
    const message: Message = JSON.parse(String(data));
    if (message["method"] === undefined) waiting.get(message["id"])?.(message);
    else heard.push(message);
  });
  const send = (message: Record<string, unknown>): void => web.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
  let asked = 0;
  const request = (method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      asked += 1;
      const id = asked;
      waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(Object(result)) : reject(new Error(JSON.stringify(error))),
      );
      send({ id, method, params });
    });
  await request("initialize", {
    clientInfo: { name: "terminal", title: "terminal", version: "1" },
    capabilities: { experimentalApi: true },
  });
  send({ method: "initialized" });
  return {
    heard,
    request,
    answer: (id, result) => send({ id, result }),
    countEnds: () => heard.filter(({ method }) => method === "turn/completed").length,
    close: () => web.terminate(),
  };
}

/** Runs a turn as a person at the terminal would, and waits for its end. */
export async function runTurnIn(client: AttachClient, threadId: string, text: string, rest = {}): Promise<void> {
  const ended = client.countEnds();
  await client.request("turn/start", { threadId, input: [{ type: "text", text }], ...rest });
  await until("the terminal's turn has ended", () => client.countEnds() > ended);
}
