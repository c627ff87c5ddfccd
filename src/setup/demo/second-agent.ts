// A second reviewer for the demo, which has no model: a program that speaks the Agent Client Protocol, as Gemini CLI does, and always finds
// the same. So the demo needs no further agent on the machine.

/** Its entry for BRIDGE_AGENTS; `path` is where its program is. */
export function toSecondAgent(path: string): Readonly<Record<string, unknown>> {
  return { name: "second", title: "Second reviewer", command: [process.execPath, path], modes: {} };
}

/** Its program: an ES module that needs nothing but Node. `findings` is what it answers. */
export function toSecondProgram(findings: string): string {
  return `import { createInterface } from "node:readline";
const say = (message) => console.log(JSON.stringify({ jsonrpc: "2.0", ...message }));
const answers = {
  initialize: () => ({ protocolVersion: 1, agentInfo: { name: "second", version: "1" }, agentCapabilities: {} }),
  "session/new": () => ({ sessionId: "one" }),
  "session/prompt": ({ sessionId }) => {
    const content = { type: "text", text: ${JSON.stringify(findings)} };
    const update = { sessionUpdate: "agent_message_chunk", content };
    say({ method: "session/update", params: { sessionId, update } });
    return { stopReason: "end_turn" };
  },
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined && answers[method] !== undefined) say({ id, result: answers[method](params) });
});
process.stdin.on("end", () => process.exit(0));
`;
}
