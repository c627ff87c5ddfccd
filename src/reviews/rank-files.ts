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
  const name = path.slice(path.lastIndexOf("/") + 1);
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

/** Whether a name is that of a program. */
export const isCode = (path: string): boolean => CODE.test(path);

/** Whether a text of this name is missed where it is not read: not one that a program wrote, unless it can be run. */
export const isMissedText = (path: string): boolean => isCode(path) || findWhyLast(path, "") === undefined;

/** Pictures, sound, fonts, archives, documents of an office, what compilers write, databases. */
const BINARY_NAMES =
  /\.(?:png|jpe?g|gif|webp|avif|bmp|ico|icns|tiff?|psd|heic|mp[34]|m4[av]|wav|ogg|flac|mov|avi|mkv|webm|woff2?|ttf|otf|eot|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|jar|war|whl|pdf|docx?|xlsx?|pptx?|od[tsp]|o|a|so|dylib|dll|exe|bin|dat|class|pyc|wasm|node|db|sqlite3?|parquet|npy|npz|onnx|pt|safetensors|pack|idx|mo|glb|blend)$/i;

/** Whether a file of this name is usually no text. */
export const isBinaryName = (path: string): boolean => BINARY_NAMES.test(path);
