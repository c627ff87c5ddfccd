// The token endpoint of Claude Code's login, which cannot be configured: a proxy on 127.0.0.1 that leads every TLS connection to a server with
// a certificate of our own.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { join } from "node:path";

export interface OauthStandIn {
  /** Variables that lead Claude Code here. */
  readonly env: Record<string, string>;
  /** Refresh tokens that were given, in order. */
  readonly refreshed: readonly string[];
  close(): void;
}

const HOSTS = ["platform.claude.com", "api.anthropic.com"];

export function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts it. Each refresh gives the access token `access`. */
export async function startOauthStandIn(folder: string, access: string): Promise<OauthStandIn> {
  mkdirSync(folder);
  const refreshed: string[] = [];
  const tls = createTlsServer(makeCertificate(folder), async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.url !== "/v1/oauth/token") {
      response.writeHead(404).end("{}");
      return;
    }
    refreshed.push((JSON.parse(body) as { refresh_token: string }).refresh_token);
    const token = { access_token: access, refresh_token: "refreshed", expires_in: 28_800, scope: "user:inference" };
    response.setHeader("content-type", "application/json").end(JSON.stringify(token));
  });
  const proxy = createServer((_, response) => response.writeHead(502).end());
  const [tlsPort, proxyPort] = [await listen(tls), await listen(proxy)];
  proxy.on("connect", (_, socket) => {
    const upstream = connect(tlsPort, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on("error", () => end.destroy());
  });
  return {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
      NO_PROXY: "127.0.0.1",
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
    },
    refreshed,
    close: () => {
      for (const server of [tls, proxy]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function makeCertificate(folder: string): { key: Buffer; cert: Buffer } {
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
  const fresh = ["-newkey", "rsa:2048", "-nodes"];
  writeFileSync(join(folder, "names"), `subjectAltName=${HOSTS.map((host) => `DNS:${host}`).join(",")}\n`);
  openssl("req", "-x509", ...fresh, "-keyout", "ca.key", "-out", "ca.pem", "-days", "1", "-subj", "/CN=test");
  openssl("req", ...fresh, "-keyout", "key.pem", "-out", "request.pem", "-subj", `/CN=${HOSTS[0]}`);
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", "names"];
  openssl("x509", "-req", "-in", "request.pem", "-out", "cert.pem", ...signed);
  return { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "cert.pem")) };
}
