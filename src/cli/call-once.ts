// One call of a tool from a terminal, by a bridge that runs for it alone.
import { createApp } from "../app/app.ts";
import type { CalledTool } from "../mcp/call-tool.ts";
import { listenForSignals } from "./end-signals.ts";
import { prepareRegisteredBridge } from "./registered-bridge.ts";

/** A tool and its arguments. */
export interface OneCall {
  readonly tool: string;
  /** Undefined ones are left out. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly version: string;
  readonly ownPath: string;
}

/** What came of it: as the tool's result has it. */
export interface OneAnswer {
  /** Empty if the tool gave no result. */
  readonly answer: Readonly<Record<string, unknown>>;
  /** Its first text; empty if it has none. */
  readonly text: string;
  readonly isError: boolean;
  /** That of the signal which ended it; undefined if none came. */
  readonly exitCode: number | undefined;
}

/** Makes the call with the settings of the bridge that is registered here. A signal ends it; nothing of it runs afterwards. */
export async function callOnce({ tool, args, version, ownPath }: OneCall): Promise<OneAnswer> {
  const app = createApp(prepareRegisteredBridge(version, ownPath));
  const stop = listenForSignals();
  try {
    const given = Object.entries(args).filter(([, value]) => value !== undefined);
    const call = { signal: stop.signal, report: () => {}, canReport: false, canTask: false };
    return { ...read(await app.callTool(tool, Object.fromEntries(given), call)), exitCode: stop.exitCode() };
  } finally {
    await app.close();
    stop.end();
  }
}

function read(called: CalledTool | undefined): Omit<OneAnswer, "exitCode"> {
  const { structuredContent: answer = {}, content = [], isError = false } = called?.result ?? { isError: true };
  const [first] = content;
  return { answer, text: first?.type === "text" ? String(first.text) : "", isError };
}
