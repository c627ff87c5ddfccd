// What a stand-in model says that uses the memory of its turn.
import type { Respond } from "./lab.ts";

const NAME = "codex_bridge_memory";

/** The model calls a tool of the memory once, in the form of the CLI under test, then says what that answered. */
export const callMemory =
  (tool: string, input: object, attempts = 20): Respond =>
  ({ toolOutputs, body }) => {
    const output = toolOutputs.at(-1);
    // A Codex that does not wait for a server does not know its tools at first.
    if (output !== undefined && (!output.includes("unsupported call") || toolOutputs.length >= attempts))
      return { steps: [{ say: output }] };
    const own = listNames(body).find((name) => name === `mcp__${NAME}__${tool}`);
    const named = own === undefined ? { namespace: `mcp__${NAME}`, name: tool } : { name: own };
    const item = { type: "function_call", id: `f${toolOutputs.length}`, call_id: `c${toolOutputs.length}`, ...named };
    return {
      delayMs: output === undefined ? 0 : 200,
      events: [
        { type: "response.output_item.done", output_index: 0, item: { ...item, arguments: JSON.stringify(input) } },
        {
          type: "response.completed",
          response: { id: "r", usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } },
        },
      ],
    };
  };

const listNames = (body: Record<string, unknown>): string[] =>
  (body["tools"] as { name?: string }[]).map(({ name }) => name ?? "");
