// Command lines as they stand in registrations, and what they are.
import { expect, test } from "vitest";
import { readListing } from "../../../src/mcp/listing.ts";
import { OWN_TOOLS } from "../../../src/setup/migrate/recognise/known-servers.ts";
import { recognise } from "../../../src/setup/migrate/recognise/recognise.ts";

const toShort = (line: string): string => {
  const [command = "", ...args] = line.split(" ");
  const found = recognise(command, args);
  if (found.kind === "official") return `official ${[found.program ?? [], found.words].flat().join(" ")}`;
  return found.kind === "known" ? `${found.server.id}${found.dropped.map((word) => ` ${word}`).join("")}` : found.kind;
};

test.each([
  ["codex mcp-server", "official mcp-server"],
  ["codex -m gpt-5.3-codex mcp-server -c a=b", "official -m gpt-5.3-codex mcp-server -c a=b"],
  ["/opt/bin/codex mcp-server", "official /opt/bin/codex mcp-server"],
  [
    "/opt/node_modules/@openai/codex-linux-x64/vendor/x/bin/codex mcp-server",
    "official /opt/node_modules/@openai/codex-linux-x64/vendor/x/bin/codex mcp-server",
  ],
  [
    "node /opt/node_modules/@openai/codex/bin/codex.js mcp-server",
    "official /opt/node_modules/@openai/codex/bin/codex.js mcp-server",
  ],
  ["${HOME}/bin/codex mcp-server", "official ${HOME}/bin/codex mcp-server"],
  ["./tools/codex mcp-server", "unclear"],
  ["codex mcp", "official mcp-server"],
  ["codex -c a=b mcp", "official -c a=b mcp-server"],
  ["npx -y @openai/codex@0.150.0 mcp-server", "official mcp-server"],
  ["npx @openai/codex mcp", "official mcp-server"],
  ["bunx --bun @openai/codex mcp-server", "official mcp-server"],
  ["npx -y codex-mcp-server", "codex-mcp-server"],
  ["npx -y codex-mcp-server@latest --debug", "codex-mcp-server --debug"],
  ["npx -y @cexll/codex-mcp-server", "codex-mcp-tool"],
  ["npx --yes --package=codex-mcp-server codex-mcp-server", "codex-mcp-server"],
  ["npx -p codex-mcp-server codex-mcp-server", "codex-mcp-server"],
  ["pnpm dlx codex-mcp-server", "codex-mcp-server"],
  ["codex-mcp-server", "codex-mcp-server"],
  ["node /usr/lib/node_modules/codex-mcp-server/dist/index.js", "codex-mcp-server"],
  ["node --no-warnings /x/node_modules/@trishchuk/codex-mcp-tool/dist/index.js", "codex-mcp-tool"],
  ["npx -y @trishchuk/codex-mcp-tool", "codex-mcp-tool"],
  ["npx -y @leo000001/codex-mcp", "codex-mcp"],
  ["uvx --from git+https://host/GuDaStudio/codexmcp.git codexmcp", "codexmcp"],
  ["npx async-codex-mcp", "async-codex-mcp"],
  ["npx -y ai-cli-mcp@latest", "ai-cli-mcp"],
  ["npx -y @acme/codex mcp-server", "unclear"],
  ["npx -y @acme/codex-mcp-server", "unclear"],
  ["node /home/me/tools/codex.js mcp", "unclear"],
  ["uv run --directory /srv/codex-mcp my-jira-server", "unclear"],
  ["npx -y --prefix /srv/codexmcp @acme/jira-mcp", "unclear"],
  ["node --import /x/node_modules/codex-mcp/hook.js /srv/jira.js", "unclear"],
  ["timeout 600 codex mcp-server", "unclear"],
  ["codex.exe mcp-server", "unclear"],
  ["C:\\bin\\codex.exe mcp-server", "unclear"],
  ["codex-x86_64-unknown-linux-musl mcp-server", "unclear"],
  ["${CODEX:-codex} mcp-server", "unclear"],
  ["CMD /c npx codex-mcp-server", "unclear"],
  ["mise exec -- codex mcp-server", "unclear"],
  ["npx mcp-proxy -- codex mcp-server", "unclear"],
  ["npx -c codex mcp-server", "unclear"],
  ["npm run codex-mcp", "unclear"],
  ["npm run codex mcp-server", "unclear"],
  ["yarn codex-mcp-server", "unclear"],
  ["node codex-mcp", "unclear"],
  ["npx -y mycompany/codex-mcp-server", "unclear"],
  ["npx -y github:me/codex-mcp", "unclear"],
  ["npx --package=@evil/fork codex-mcp-server", "unclear"],
  ["npx --package=@openai/codex codex mcp-server", "official mcp-server"],
  ["npx --package=@openai/codex@0.150.0 codex mcp-server", "official mcp-server"],
  ["uvx --from git+https://host/me/fork.git codexmcp", "unclear"],
  ["uvx codexmcp", "unclear"],
  ["uv tool run --from git+https://host/GuDaStudio/codexmcp.git codexmcp", "codexmcp"],
  ["uvx --refresh --from git+https://host/GuDaStudio/codexmcp.git --with mcp<2 codexmcp", "codexmcp"],
  ["uvx codex-mcp-server", "unclear"],
  ["uvx codex-bridge", "unclear"],
  ["uvx codex mcp-server", "unclear"],
  ["uv run codex mcp-server", "unclear"],
  ["yarn exec codex-mcp-server", "codex-mcp-server"],
  ["npx codex-claude-bridge@latest", "codex-claude-bridge"],
  ["npx -y my-codex-thing", "unclear"],
  ["npx -y @me/codex-bridge", "unclear"],
  ["node /home/me/codex-fork/server.js", "unclear"],
  ["python3 /home/me/codex_server.py", "unclear"],
  ["uv run /home/me/codex/server.py", "unclear"],
  ["bash /home/me/codex-wrapper.sh", "unclear"],
  ["/home/me/bin/codex-wrapper", "unclear"],
  ["npx -p @evil/fork -p codex-mcp-server codex-mcp-server", "unclear"],
  ["npx -y @anhnguyen0905/codex-mcp@latest", "anhnguyen-codex-mcp"],
  ["npx -y @minhspark/codex-mcp-bridge", "minhspark-codex-mcp-bridge"],
  ["codex mcp -m gpt-5 -c model_reasoning_effort=high", "official mcp-server -m gpt-5 -c model_reasoning_effort=high"],
  ["codex mcp serve", "unclear"],
  ["/opt/mycompany/bin/codex-mcp-bridge", "unclear"],
  ["/opt/p/node_modules/.bin/codex-mcp-bridge", "codex-mcp-bridge"],
  ["npm exec -- codex-mcp-server", "codex-mcp-server"],
  ["docker run -i img codex mcp-server", "unclear"],
  ["npx jira-mcp --project codex-bridge", "unrelated"],
  ["bash -c codex mcp-server", "unclear"],
  ["codex app-server", "unclear"],
  ["codex mcp list", "unclear"],
  ["node /home/me/my-codex-mcp/index.js", "unclear"],
  ["npx -y some-codex-mcp-thing", "unclear"],
  ["codex exec hello", "unrelated"],
  ["npx -y @modelcontextprotocol/server-filesystem /srv/codex", "unrelated"],
  ["node server.js", "unrelated"],
  ["bash -c ls", "unrelated"],
  ["npx", "unrelated"],
])("%s: %s", (line, expected) => {
  expect(toShort(line)).toBe(expected);
});

test("the bridge's own tools are those that it lists", () => {
  expect(OWN_TOOLS).toEqual(readListing("claude").map(({ name }) => name));
});
