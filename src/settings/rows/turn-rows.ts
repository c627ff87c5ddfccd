// Turns and jobs: how many at once, and how long.
import { USUAL_JOB_AFTER_MS } from "../../domain/caller.ts";
import { JOBS_MODES } from "../modes.ts";
import { parseMaxJobs, parseMaxTurns } from "../parse-settings.ts";
import { oneOf, wholeNumber } from "../parse-value.ts";
import { row } from "./setting-row.ts";

const HOUR_MS = 3_600_000;

/** In the order of docs/reference.md. */
export const TURN_ROWS = [
  row(
    "maxTurns",
    "BRIDGE_MAX_TURNS",
    "`8`",
    "How many turns run at the same time. Others wait in order.",
    parseMaxTurns,
  ),
  row(
    "maxJobs",
    "BRIDGE_MAX_JOBS",
    "one less than `BRIDGE_MAX_TURNS`",
    "How many background jobs run at the same time. Others wait in order. By default at least one runs, and a call that waits for its answer finds a free slot.",
    parseMaxJobs,
  ),
  row(
    "jobsMode",
    "BRIDGE_JOBS",
    "`session`",
    "`session` ends background jobs with the session that started them. `outlive` lets them go on after it, in a program of their own; `codex-bridge jobs --stop` ends them.",
    (value) => (value === undefined ? "session" : oneOf(JOBS_MODES, value)),
  ),
  row(
    "jobTtlMs",
    "BRIDGE_JOB_TTL_MS",
    "`604800000`",
    "How long the result of a background job is kept, in ms.",
    wholeNumber(7 * 24 * HOUR_MS, 60_000, 365 * 24 * HOUR_MS),
  ),
  row(
    "taskAfterMs",
    "BRIDGE_TASK_AFTER_MS",
    "`20000`",
    "After how many ms a call goes on in the background, if the client takes MCP tasks (interactive Claude Code does). `0`: never by itself.",
    wholeNumber(20_000, 0, 24 * HOUR_MS),
  ),
  row(
    "jobAfterMs",
    "BRIDGE_JOB_AFTER_MS",
    "`240000` (4 minutes)",
    "After how many ms a call that an agent makes goes on in the background, and longest wait of its `agent_job`. It must be less than `tool_timeout_sec` of the server's entry in Codex, which is 300 s by default (60 s in 0.50, 120 s in 0.120): at that limit Codex gives the call up. For these versions the default is 48 s and 96 s. `0`: never by itself.",
    wholeNumber(USUAL_JOB_AFTER_MS, 0, 24 * HOUR_MS),
  ),
  row(
    "turnTimeoutMs",
    "BRIDGE_TURN_TIMEOUT_MS",
    "`3600000`",
    "Time limit for one turn, in ms.",
    wholeNumber(HOUR_MS, 1_000, 24 * HOUR_MS),
  ),
  row(
    "silenceMs",
    "BRIDGE_SILENCE_MS",
    "`600000`",
    "How long Codex may be silent while no command runs, in ms. Then the turn is ended.",
    wholeNumber(600_000, 1_000, 24 * HOUR_MS),
  ),
  row(
    "quietMs",
    "BRIDGE_QUIET_MS",
    "`60000`",
    "How long Codex may be silent, in ms, before progress says so and names the last thing seen.",
    wholeNumber(60_000, 1_000, 24 * HOUR_MS),
  ),
  row(
    "questionMs",
    "BRIDGE_QUESTION_MS",
    "`1800000`",
    "How long a question to you stays open, in ms. Then it counts as a no. The time does not count against the time limit of the turn.",
    wholeNumber(1_800_000, 1_000, 24 * HOUR_MS),
  ),
  row(
    "checkTimeoutMs",
    "BRIDGE_CHECK_TIMEOUT_MS",
    "`600000`",
    "Time limit for a `check`, in ms. Then the command and everything that it started are ended.",
    wholeNumber(600_000, 1_000, 24 * HOUR_MS),
  ),
  row(
    "sessionTtlMs",
    "BRIDGE_SESSION_TTL_MS",
    "`86400000`",
    "How long an unused thread stays in memory, in ms. It can still be continued afterwards.",
    wholeNumber(24 * HOUR_MS, 1_000, 365 * 24 * HOUR_MS),
  ),
  row(
    "maxSessions",
    "BRIDGE_MAX_SESSIONS",
    "`100`",
    "How many threads are kept in memory.",
    wholeNumber(100, 1, 100_000),
  ),
] as const;
