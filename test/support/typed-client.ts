// A program that an agent's model types as a command: it starts a bridge of its own, calls a tool of it once, and gives the answer.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the program does. In a sandbox without network it can do nothing: pipes of Node are sockets there. */
export interface TypedCall {
  /** Words of the bridge. */
  readonly words?: readonly string[];
  /** Its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it also has that of the program. */
  readonly keepsEnv?: boolean;
  /** As the program calls itself. */
  readonly clientName?: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Names of fields in the call's `_meta`; their value is the program's second argument. */
  readonly meta?: readonly string[];
}

/** The built server. */
export const BIN = join(import.meta.dirname, "../../dist/bin.js");

const CLIENT = `
  import { spawn } from "node:child_process";
  import { readFileSync, renameSync, writeFileSync } from "node:fs";
  const { bin, words = [], env, keepsEnv, clientName = "typed", tool, args, meta = [] } = JSON.parse(readFileSync(process.argv[2], "utf8"));
  const { BRIDGE_STATE_DIR, ...mine } = process.env;
  const bridge = spawn(process.execPath, [bin, ...words], { env: keepsEnv ? { ...mine, ...env } : env, stdio: ["pipe", "pipe", "inherit"] });
  const send = (message) => bridge.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
  const _meta = Object.fromEntries(meta.map((name) => [name, process.argv[3]]));
  send({ id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: clientName, version: "1" } } });
  send({ method: "notifications/initialized" });
  send({ id: 2, method: "tools/call", params: { name: tool, arguments: args, _meta } });
  let text = "";
  let answer = "no answer";
  bridge.stdout.on("data", (piece) => {
    text += piece;
    for (const line of text.split("\\n").slice(0, -1)) {
      const message = JSON.parse(line);
      if (message.id !== 2) continue;
      answer = message.result?.content.map((part) => part.text).join(" ") ?? JSON.stringify(message.error);
      bridge.stdin.end();
    }
  });
  bridge.on("close", () => {
    console.log(answer);
    const out = process.argv[2] + ".out";
    writeFileSync(out + ".part", answer + "\\n");
    renameSync(out + ".part", out);
  });`;

/** Writes the program and what it does into a folder; gives the command line that runs it, and the file with its answer. */
export function writeTypedClient(folder: string, name: string, call: TypedCall): { line: string; out: string } {
  const [client, input] = [join(folder, "typed-client.mjs"), join(folder, `${name}.json`)];
  writeFileSync(client, CLIENT);
  writeFileSync(input, JSON.stringify({ bin: BIN, ...call }));
  return { line: `${process.execPath} ${client} ${input}`, out: `${input}.out` };
}
