// The environment and the limits that Codex gives a server of its own (docs/codex-cli.md#as-a-caller).
import { toCodexLimit } from "../../../domain/caller.ts";
import type { CodexEntry } from "./codex-entries.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The same from 0.50 to 0.169. */
const ALWAYS = ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"];
/** Where certificates are: from 0.150 on. */
const CERTIFICATES = [
  ...["BUNDLE_SSL_CA_CERT", "CARGO_HTTP_CAINFO", "CODEX_CA_CERTIFICATE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"],
  ...["NODE_EXTRA_CA_CERTS", "NPM_CONFIG_CAFILE", "npm_config_cafile", "PIP_CERT", "REQUESTS_CA_BUNDLE"],
  "SSL_CERT_FILE",
];

/** What differs between versions of Codex. */
export interface CodexLimits {
  /** Whether a server that is not required is waited for about a second; before, for its whole start. */
  readonly isImpatient: boolean;
  readonly passesCertificates: boolean;
  /** Time limit of a call where the entry names none. */
  readonly toolMs: number;
  /** Time limit of a start where the entry names none. */
  readonly startupMs: number;
}

/** By the second number of its version; an unknown one counts as new. */
export function toCodexLimits(minor: number | undefined = Number.POSITIVE_INFINITY): CodexLimits {
  const toolMs = toCodexLimit(minor);
  return { isImpatient: minor >= 150, passesCertificates: minor >= 150, toolMs, startupMs: 30_000 };
}

/** The environment of the server of an entry, where Codex itself has `env`. */
export function toServerEnv(
  { env: own, envVars }: Pick<CodexEntry, "env" | "envVars">,
  env: Environment,
  { passesCertificates }: Pick<CodexLimits, "passesCertificates">,
): Record<string, string> {
  const names = [...ALWAYS, ...(passesCertificates ? CERTIFICATES : []), ...envVars];
  const passed = names.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), ...own };
}
