// Bundles src/bin.ts into dist/: one entry, lazy chunks, no packages to install for a user, and their licences beside it.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const listing = await computeListing();
// The SDK's client uses schemas that its server does not: in a bundle of its own it adds nothing to the server's start.
const inputs = [...(await bundle("client", "src/mcp/client.ts")), ...(await bundle("bin", "src/bin.ts"))];
const bin = join(dist, "bin.js");
writeFileSync(bin, `#!/usr/bin/env node\n${readFileSync(bin, "utf8")}`);
chmodSync(bin, 0o755);
writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), collectLicences(inputs));

/** Bundles one entry into dist/; gives the paths of all that went in. */
async function bundle(name, entry) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    // jsonc-parser is UMD in `main`, which no bundler can follow.
    mainFields: ["module", "main"],
    minify: true,
    metafile: true,
    define: { __BRIDGE_VERSION__: JSON.stringify(version) },
    // Bundled CommonJS (pino, ajv) asks for Node's own modules through `require`.
    banner: { js: 'import{createRequire as __r}from"node:module";const require=__r(import.meta.url);' },
    plugins: [
      {
        // What tools/list answers is known when the bundle is made.
        name: "ready-made-listing",
        setup: (build) => {
          build.onLoad({ filter: /src\/mcp\/listing\.ts$/ }, () => ({
            contents: `export const LISTING = JSON.parse(${JSON.stringify(listing)});`,
          }));
        },
      },
      {
        name: "client-apart",
        setup: (build) => {
          build.onResolve({ filter: /mcp\/client\.ts$/ }, ({ kind }) =>
            kind === "entry-point" ? undefined : { path: "./client.js", external: true },
          );
        },
      },
      {
        // The SDK makes each schema of the protocol when it is loaded, a third of the start; marked as pure, those that nobody
        // uses are left out.
        name: "unused-schemas",
        setup: (build) => {
          build.onLoad({ filter: /sdk\/dist\/esm\/types\.js$/ }, ({ path }) => ({
            contents: readFileSync(path, "utf8").replace(
              /^(export const \w+ = )(?=[A-Z]\w*Schema\b|z\.)([\s\S]*?);\n(?=\S|$)/gm,
              "$1/* @__PURE__ */ (() => $2)();\n",
            ),
          }));
        },
      },
      {
        // The SDK loads ajv (120 kB, a tenth of the start) to check elicitation answers; the bridge checks its answers itself.
        name: "no-ajv-in-sdk",
        setup: (build) => {
          build.onLoad({ filter: /sdk\/dist\/esm\/validation\/ajv-provider\.js$/ }, () => ({
            contents: `export class AjvJsonSchemaValidator {
            getValidator() { return (data) => ({ valid: true, data, errorMessage: undefined }); }
          }`,
          }));
        },
      },
    ],
    logLevel: "warning",
  });
  return Object.keys(result.metafile.inputs);
}

/** tools/list as JSON, by running the module that makes it. */
async function computeListing() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["src/mcp/listing.ts"],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    logLevel: "warning",
  });
  const { LISTING } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  return JSON.stringify(LISTING);
}

/** Licence texts of every package that went into the bundle. */
function collectLicences(inputs) {
  const folders = new Set(inputs.flatMap((path) => path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []));
  return [...folders]
    .sort()
    .map((folder) => {
      const about = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
      const text =
        file !== undefined && existsSync(join(root, folder, file))
          ? readFileSync(join(root, folder, file), "utf8")
          : "";
      return `${about.name} ${about.version} (${about.license})\n\n${text.trim()}\n`;
    })
    .join(`\n${"-".repeat(79)}\n\n`);
}
