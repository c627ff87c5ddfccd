// A turn for a backend without a bridge around it.
import { READ_ONLY, type SandboxPolicy } from "../../src/domain/sandbox.ts";
import type { TurnRequest } from "../../src/domain/turn.ts";
import type { Lab } from "./lab.ts";

/** What a test says of its turn; the rest is a read-only turn of the app server that has a minute. */
export type TurnChange = Partial<TurnRequest> & { readonly sandbox?: SandboxPolicy };

export const toTurnRequest = (
  { project }: Pick<Lab, "project">,
  prompt: string,
  { sandbox = READ_ONLY, ...change }: TurnChange = {},
): TurnRequest => ({
  prompt,
  frame: { cwd: project, sandbox, approvalPolicy: "never", own: {}, backend: "codex-app-server" },
  images: [],
  deadlineMs: 60_000,
  silenceMs: 60_000,
  quietMs: 60_000,
  onEvent: () => {},
  ask: async () => ({ kind: "timed out" }),
  ...change,
});
