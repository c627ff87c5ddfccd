// Which files of a review are read last: those that a program wrote, since nobody mends them by hand.

/** Files that a package manager writes. */
const LOCK_FILES = new Set([
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "deno.lock",
  "composer.lock",
  "Gemfile.lock",
  "Cargo.lock",
  "poetry.lock",
  "Pipfile.lock",
  "uv.lock",
  "pdm.lock",
  "go.sum",
  "flake.lock",
  "mix.lock",
  "pubspec.lock",
  "Podfile.lock",
  "Package.resolved",
  "gradle.lockfile",
  "packages.lock.json",
]);

/** Folders whose files are built, copied or recorded. */
const GENERATED_FOLDERS =
  /(?:^|\/)(?:dist|build|out|vendor|node_modules|third_party|__snapshots__|__generated__|generated)\//;

/** Names of minified, bundled or generated files, and of recorded output. */
const GENERATED_NAMES =
  /(?:[.-]min\.(?:js|mjs|cjs|css)|\.bundle\.(?:js|css)|\.(?:js|css)?\.map|\.snap|\.svg|\.pb\.(?:go|cc|h)|_pb2(?:_grpc)?\.py|\.(?:g|freezed)\.dart|\.designer\.cs|\.generated\.\w+|\.csv|\.tsv|\.ipynb)$/i;

/** A line of this many characters was not written by a person. */
const LONG_LINE = 2_000;

/** Why a file is read last, in words; undefined for a file that people write. */
export function findWhyLast(path: string, diff: string): string | undefined {
  const name = toName(path);
  if (LOCK_FILES.has(name)) return "is a lock file";
  if (GENERATED_FOLDERS.test(path) || GENERATED_NAMES.test(name)) return "is generated";
  return hasLongLine(diff) ? "is minified" : undefined;
}

function hasLongLine(text: string): boolean {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    if ((end === -1 ? text.length : end) - at > LONG_LINE) return true;
    if (end === -1) return false;
    at = end + 1;
  }
  return false;
}

/** Programs and scripts. */
const CODE =
  /\.(?:[cm]?[jt]sx?|vue|svelte|py[wi]?|rb|php|go|rs|java|kts?|scala|groovy|gradle|cs|fs|vb|swift|m|mm|c|cc|cpp|cxx|hh?|hpp|lua|pl|pm|r|jl|ex|exs|erl|clj|dart|zig|nim|sh|bash|zsh|fish|ps1|psm1|bat|cmd|sql|html?)$/i;
/** What is run or obeyed too: pages with scripts, notebooks, configuration, and names without an ending, such as Makefile or a script. */
const OBEYED = /\.(?:svg|ipynb|ya?ml|toml|tf|mk|cmake|ejs|hbs|erb|jspx?|aspx?|twig)$|(?:^|\/)[^./]+$/i;

/** Whether a name is that of a program. */
export const isCode = (path: string): boolean => CODE.test(path);

const toName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Whether a text of this name is missed where it is not read: not one that a program wrote, unless it can be run. */
export const isMissedText = (path: string): boolean =>
  !LOCK_FILES.has(toName(path)) && (isCode(path) || OBEYED.test(path) || findWhyLast(path, "") === undefined);

/** Pictures, sound, fonts, archives, documents of an office, databases. What a machine runs is not among them: it is missed. */
const BINARY_NAMES =
  /\.(?:png|jpe?g|gif|webp|avif|bmp|ico|icns|tiff?|psd|heic|mp[34]|m4[av]|wav|ogg|flac|mov|avi|mkv|webm|woff2?|ttf|otf|eot|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|pdf|docx?|xlsx?|pptx?|od[tsp]|bin|dat|db|sqlite3?|parquet|npy|npz|onnx|safetensors|pack|idx|mo|glb|blend)$/i;

/** Whether a file of this name is usually no text, and is not run either. */
export const isBinaryName = (path: string): boolean => BINARY_NAMES.test(path);
