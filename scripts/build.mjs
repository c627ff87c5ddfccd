// Bundles src/bin.ts into the plugin's folder: no packages to install for a user, and their licences beside it. Claude Code and Codex copy that
// folder, so it must hold the whole server. The package holds it nowhere else: `dist/bin.js`, the path of registrations, leads there.
// What a start needs is one file of CommonJS (as ES modules it started a fifth slower); what is loaded later are lazy ES modules.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const start = join(root, "dist");
const server = join(root, "dist-plugin/codex-bridge/dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const COMMONJS = { format: "cjs", define: { "import.meta.dirname": "__dirname" } };
const MODULES = {
  format: "esm",
  splitting: true,
  outExtension: { ".js": ".mjs" },
  // Bundled CommonJS (pino, ajv) asks for Node's own modules through `require`.
  banner: { js: 'import{createRequire as __r}from"node:module";const require=__r(import.meta.url);' },
};
const UNSPLIT = { ...MODULES, splitting: false };
/** What this server neither asks a client for nor answers: sampling, roots, tasks. */
const SERVER_NEVER_USES =
  /^(CreateMessageResult(WithTools)?|ListRootsResult|(Get|List|Cancel)Task\w*|TaskStatusNotification)Schema$/;

for (const folder of [start, server]) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"commonjs"}\n');
}
const listings = await computeListings();
const inputs = await bundleAll();
for (const [role, listing] of Object.entries(listings)) writeFileSync(join(server, `tools-${role}.json`), listing);
writeFileSync(join(server, "THIRD-PARTY-LICENSES.txt"), collectLicences(inputs));
writeFileSync(join(start, "bin.js"), '#!/usr/bin/env node\nrequire("../dist-plugin/codex-bridge/dist/bin.js");\n');
for (const folder of [start, server]) chmodSync(join(folder, "bin.js"), 0o755);

/** Bundles everything; gives the paths of all that went in. */
async function bundleAll() {
  const afterCheck = {};
  const afterStart = {};
  const entry = { ...COMMONJS, banner: { js: "#!/usr/bin/env node" }, supported: { "dynamic-import": false } };
  const bin = await bundle({ bin: "src/bin.ts" }, { ...entry, plugins: [leaveTo(afterCheck, "js")] });
  const startPlugins = [leaveTo(afterStart, "mjs"), leaveSchemasOut(SERVER_NEVER_USES)];
  const first = await bundle(afterCheck, { ...COMMONJS, plugins: startPlugins });
  // Two bundles have two classes of one name, and `instanceof` tells them apart.
  if (first.includes("src/domain/errors.ts")) throw new Error("a BridgeError of the start is none for the rest");
  const rest = await bundle(afterStart, MODULES);
  // The SDK's client uses schemas that its server does not: in a bundle of its own it adds nothing to the server's start.
  const client = await bundle({ client: "src/mcp/client.ts" }, { ...MODULES, plugins: [leaveSchemasOut()] });
  // A thread of its own runs it, so it shares no file with the server.
  const worker = await bundle({ "validation-worker": "src/validation/validation-worker.ts" }, UNSPLIT);
  return [...bin, ...first, ...rest, ...client, ...worker];
}

/** Has a bundle load its dynamic imports from files beside it, and notes them as entries of a further bundle. */
function leaveTo(entries, extension) {
  return {
    name: "leave-to",
    setup: (build) => {
      build.onResolve({ filter: /./ }, ({ kind, path, resolveDir }) => {
        if (kind !== "dynamic-import") return undefined;
        const name = basename(path, ".ts");
        const file = path.startsWith(".") ? join(resolveDir, path) : path;
        if ((entries[name] ?? file) !== file) throw new Error(`two files that are loaded later are called ${name}`);
        entries[name] = file;
        return { path: `./${name}.${extension}`, external: true };
      });
    },
  };
}

/**
 * The SDK makes each schema of the protocol when it is loaded, a third of the start; marked as pure, those that nobody names are left out.
 * `unused` are some that the SDK names in methods that nobody calls.
 */
function leaveSchemasOut(unused) {
  return {
    name: "unused-schemas",
    setup: (build) => {
      build.onLoad({ filter: /sdk\/dist\/esm\/types\.js$/ }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replace(
          /^export const (\w+) = (?=[A-Z]\w*Schema\b|z\.)([\s\S]*?);\n(?=\S|$)/gm,
          (_, name, schema) =>
            `export const ${name} = ${unused?.test(name) ? "undefined" : `/* @__PURE__ */ (() => ${schema})()`};\n`,
        ),
      }));
    },
  };
}

/** Bundles entries into the server's folder; gives the paths of all that went in. */
async function bundle(entryPoints, { plugins = [], define = {}, ...options }) {
  const result = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: server,
    bundle: true,
    platform: "node",
    target: "node20.19",
    // jsonc-parser is UMD in `main`, which no bundler can follow.
    mainFields: ["module", "main"],
    minify: true,
    metafile: true,
    define: { __BRIDGE_VERSION__: JSON.stringify(version), ...define },
    plugins: [
      ...plugins,
      {
        // What tools/list answers is known when the bundle is made. As files: the lists of all roles within the bundle were a third of it.
        name: "ready-made-listing",
        setup: (build) => {
          build.onLoad({ filter: /src\/mcp\/listing\.ts$/ }, () => ({
            contents: `import { readFileSync } from "node:fs";\nexport const readListing = (role) => JSON.parse(readFileSync(import.meta.dirname + "/tools-" + role + ".json", "utf8"));`,
          }));
        },
      },
      {
        name: "client-apart",
        setup: (build) => {
          build.onResolve({ filter: /mcp\/client\.ts$/ }, ({ kind }) =>
            kind === "entry-point" ? undefined : { path: "./client.mjs", external: true },
          );
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
    ...options,
  });
  return Object.keys(result.metafile.inputs);
}

/** tools/list of each role as JSON, by running the module that makes it. */
async function computeListings() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["src/mcp/listing.ts"],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    logLevel: "warning",
  });
  const { readListing } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  return Object.fromEntries(
    ["claude", "codex", "any", "memory", "byterover", "recall"].map((role) => [
      role,
      JSON.stringify(readListing(role)),
    ]),
  );
}

/** Licence texts of every package that went into the bundle; throws where one has none. */
function collectLicences(inputs) {
  const folders = new Set(inputs.flatMap((path) => path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []));
  return [...folders]
    .sort()
    .map((folder) => {
      const about = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const text = findLicence(join(root, folder));
      if (text === undefined) throw new Error(`${folder} has no licence text to go with the bundle`);
      return `${about.name} ${about.version} (${about.license})\n\n${text.trim()}\n`;
    })
    .join(`\n${"-".repeat(79)}\n\n`);
}

/** A licence text: a file of its own, or the last part of the README. */
function findLicence(folder) {
  const names = readdirSync(folder);
  const file = names.find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readFileSync(join(folder, file), "utf8");
  const readme = names.find((name) => /^readme/i.test(name));
  return /^#+ licen[cs]e\n([^#]*Permission is hereby granted[^#]*)/im.exec(
    readme === undefined ? "" : readFileSync(join(folder, readme), "utf8"),
  )?.[1];
}
