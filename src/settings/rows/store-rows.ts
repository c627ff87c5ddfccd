// The bridge's own files, the shared memory, and the log.
import { LOG_LEVELS } from "../modes.ts";
import { parseEmbeddingsUrl, parseMemoryUrl, parseStateDir } from "../parse-settings.ts";
import { oneOf } from "../parse-value.ts";
import { row } from "./setting-row.ts";

/** In the order of docs/reference.md. */
export const STORE_ROWS = [
  row(
    "stateDir",
    "BRIDGE_STATE_DIR",
    "`~/.local/state/codex-bridge`",
    "Folder for the bridge's own files: records of threads, long answers, the log.",
    parseStateDir,
  ),
  {
    ...row(
      "memoryUrl",
      "BRIDGE_MEMORY_URL",
      "none: the memory stays on this machine",
      "`postgres://role:password@host/database` puts the shared memory on a PostgreSQL server (15 or newer), for several machines or people (see [Team memory](team-memory.md)). It holds a password: set it in the environment, not in a file that others read.",
      parseMemoryUrl,
    ),
    isSecret: true,
  },
  row(
    "embeddingsUrl",
    "BRIDGE_EMBEDDINGS_URL",
    "none: words alone are searched",
    "OpenAI-compatible endpoint (`https://host/v1` or `…/v1/embeddings`). What the shared memory stores, and the questions to it, are sent there, and a search also goes by what texts mean. See [Shared memory](#shared-memory).",
    parseEmbeddingsUrl,
  ),
  row(
    "embeddingsModel",
    "BRIDGE_EMBEDDINGS_MODEL",
    "the endpoint's own",
    "Model of `BRIDGE_EMBEDDINGS_URL`. With another one, entries get new vectors.",
    (value) => value,
  ),
  {
    ...row(
      "embeddingsKey",
      "BRIDGE_EMBEDDINGS_KEY",
      "none",
      "Key of `BRIDGE_EMBEDDINGS_URL`, sent as a bearer token. It is a secret: set it in the environment, not in a file that others read.",
      (value) => value,
    ),
    isSecret: true,
  },
  row(
    "logLevel",
    "BRIDGE_LOG_LEVEL",
    "`info`",
    "How much is logged: `debug`, `info`, `warn`, `error` or `silent`.",
    (value) => (value === undefined ? "info" : oneOf(LOG_LEVELS, value)),
  ),
] as const;
