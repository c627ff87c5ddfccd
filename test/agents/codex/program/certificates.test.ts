import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findCertificateProblem } from "../../../../src/agents/codex/program/certificates.ts";

test("a file with certificates in Codex's own variable is well, whatever others have", () => {
  const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  const path = join(folder, "ca.pem");
  writeFileSync(path, "# company\n-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
  try {
    expect(findCertificateProblem({ SSL_CERT_FILE: path, NODE_EXTRA_CA_CERTS: "/x" })).toBeUndefined();
    expect(findCertificateProblem({ CODEX_CA_CERTIFICATE: path })).toBeUndefined();
    expect(findCertificateProblem({ CODEX_CA_CERTIFICATE: "/gone", SSL_CERT_FILE: path })?.found).toContain("/gone");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("nothing set, or set to nothing, is well; a folder or another file is none", () => {
  expect(findCertificateProblem({})).toBeUndefined();
  expect(findCertificateProblem({ SSL_CERT_FILE: "", NODE_EXTRA_CA_CERTS: " " })).toBeUndefined();
  for (const path of ["/var/tmp", "/etc/hostname", "/dev/zero"]) {
    expect(findCertificateProblem({ SSL_CERT_FILE: path })?.found).toContain(path);
  }
});
