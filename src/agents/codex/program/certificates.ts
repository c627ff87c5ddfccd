// Finds problems with the certificates of a company. Node and other programs read them from other variables than Codex, and a wrong setting
// looks like a network that does not answer (docs/codex-cli.md#certificates).
import type { BridgeError } from "../../../domain/errors.ts";
import { readSmallTextIfAny } from "../../../files/small-file.ts";

/** Codex's variables for certificates. The first one that works wins. */
const OWN = ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"] as const;
/** The variables of Node, Python, curl and AWS for certificates. */
const OTHERS = ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"] as const;
const MAX_BYTES = 16_777_216;

/** A problem with the certificate variables of Codex's environment, and what to do. */
export interface CertificateProblem {
  readonly found: string;
  readonly advice: string;
}

/** Finds a problem: a variable that names no certificates, or certificates that are set for other programs only. */
export function findCertificateProblem(
  env: Readonly<Record<string, string | undefined>>,
): CertificateProblem | undefined {
  const own = OWN.filter((name) => isSet(env[name]));
  const wrong = own.find((name) => !holdsCertificates(env[name] ?? ""));
  if (wrong !== undefined) {
    return {
      found: `${wrong}=${env[wrong]} names no file with certificates (PEM)`,
      advice: `Correct ${wrong} in the environment of the bridge.`,
    };
  }
  const other = OTHERS.find((name) => isSet(env[name]));
  if (own.length > 0 || other === undefined) return undefined;
  return {
    found: `${other} is set, which Codex does not read`,
    advice: `If a proxy or a provider uses a company's own certificate, set SSL_CERT_FILE (or CODEX_CA_CERTIFICATE) for the bridge too: ${env[other]}.`,
  };
}

/** Returns the error. If there was no connection, its next step also mentions a problem with certificates. */
export function withCertificateHint(error: BridgeError, problem: CertificateProblem | undefined): BridgeError {
  if (error.code !== "NETWORK" || problem === undefined) return error;
  return error.with({ nextStep: `${problem.found}. ${problem.advice} Else: ${error.report.nextStep}` });
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== "";
}

function holdsCertificates(path: string): boolean {
  return /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(readSmallTextIfAny(path, MAX_BYTES) ?? "");
}
