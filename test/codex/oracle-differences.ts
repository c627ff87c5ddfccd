// Where the bridge answers otherwise than the removed official server, on purpose. Texts of errors always differ: ours carry a code and a next step.

/** One of them. */
export interface Difference {
  readonly scenario: string;
  /** Id of the recorded call. */
  readonly id: number;
  readonly reason: string;
  /** What is sent instead, where the recorded arguments would be refused. */
  readonly send?: (args: Record<string, unknown>) => Record<string, unknown>;
  /** What ours says; absent where only the arguments differ. */
  readonly text?: RegExp;
}

const withoutConfig = ({ config: _config, ...rest }: Record<string, unknown>): Record<string, unknown> => rest;
const PROVIDER_CONFIG = "config takes keys of an allow-list: model_providers moves secrets";
const FAILING = ["fail400", "fail401", "fail429", "fail500", "failctx", "failusage", "failnomsg"];

export const DIFFERENCES: readonly Difference[] = [
  ...FAILING.map((scenario) => ({ scenario, id: 1, reason: PROVIDER_CONFIG, send: withoutConfig })),
  ...FAILING.filter((scenario) => scenario !== "failnomsg").map((scenario) => ({
    scenario,
    id: 2,
    reason: "a reply after a failed turn is answered; the official one gave the empty text of the failed turn",
    text: /^ECHO: after$/,
  })),
  {
    scenario: "success",
    id: 7,
    reason: "threadId of an error is that of a thread that can be continued",
    text: /^\[THREAD_NOT_FOUND\]/,
  },
  {
    scenario: "params",
    id: 5,
    reason: "an empty prompt is refused",
    text: /^\[INVALID_ARGUMENT\] `prompt` must not be empty/,
  },
  { scenario: "params", id: 9, reason: "a missing cwd is refused", text: /^\[INVALID_ARGUMENT\].*cwd/ },
  { scenario: "params", id: 15, reason: "null means absent, for every argument", text: /^ECHO: x$/ },
  {
    scenario: "replyfresh",
    id: 1,
    reason: "threadId of an error is that of a thread that can be continued",
    text: /^\[THREAD_NOT_FOUND\]/,
  },
  {
    scenario: "replyfresh",
    id: 2,
    reason: "threadId of an error is that of a thread that can be continued",
    text: /^\[THREAD_NOT_FOUND\]/,
  },
];
