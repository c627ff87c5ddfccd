// Lists the folders where installers put programs. A client that was started from the desktop does not have the shell's PATH.
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { readSmallTextIfAny } from "../../../files/small-file.ts";

/** What the list depends on. */
export interface InstallSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the running Node. npm puts global programs beside it. */
  readonly execPath: string;
}

/** PATH of a client that was not started from a shell, as systemd and launchd set it. */
export const DESKTOP_PATH = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].join(delimiter);

/** Folders for the whole machine. */
const MACHINE = ["/usr/local/bin", "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin", "/usr/bin", "/snap/bin"];
/** Folders below the home directory: for the user's own programs, then those of npm, yarn, pnpm, bun and Node's version managers. */
const HOME = [
  ...[".local/bin", "bin", ".npm-global/bin", ".npm-packages/bin", ".npm/bin", "node_modules/.bin"],
  ...[".yarn/bin", ".config/yarn/global/node_modules/.bin", ".local/share/pnpm", "Library/pnpm"],
  ...[".bun/bin", ".volta/bin", "n/bin", ".asdf/shims", ".local/share/mise/shims", ".cargo/bin"],
];
/** Variables that name such a folder, and where the programs are in it. */
const VARIABLES: Readonly<Record<string, string>> = {
  npm_config_prefix: "bin",
  NPM_CONFIG_PREFIX: "bin",
  PNPM_HOME: "",
  BUN_INSTALL: "bin",
  VOLTA_HOME: "bin",
  N_PREFIX: "bin",
};
/** Folders with one subfolder for each version of Node: the variable that names it, its usual paths, and where the programs are in a version. */
const VERSIONED = [
  { variable: "NVM_DIR", paths: [".nvm"], versions: "versions/node", programs: "bin" },
  {
    variable: "FNM_DIR",
    paths: [".local/share/fnm", ".fnm", "Library/Application Support/fnm"],
    versions: "node-versions",
    programs: "installation/bin",
  },
];

/** The folders that exist, the likeliest first. */
export function listInstallFolders({ env, execPath }: InstallSearch): string[] {
  const home = env["HOME"] || homedir();
  const named = Object.entries(VARIABLES).map(([name, inner]) => join(env[name] || "", inner));
  const prefix = readNpmPrefix(home);
  const folders = [
    dirname(execPath),
    ...named,
    ...(prefix === undefined ? [] : [join(prefix, "bin")]),
    ...HOME.map((path) => join(home, path)),
    ...VERSIONED.flatMap(({ variable, paths, versions, programs }) =>
      [env[variable] || "", ...paths.map((path) => join(home, path))]
        .filter(isAbsolute)
        .flatMap((root) =>
          listVersions(join(root, versions)).map((version) => join(root, versions, version, programs)),
        ),
    ),
    ...MACHINE,
  ];
  return [...new Set(folders)].filter((folder) => isAbsolute(folder) && existsSync(folder));
}

// `prefix=~/.npm-global`, which npm itself suggests for installs without root.
function readNpmPrefix(home: string): string | undefined {
  const text = readSmallTextIfAny(join(home, ".npmrc"));
  const value = /^\s*prefix\s*=\s*["']?(.+?)["']?\s*$/m.exec(text ?? "")?.[1];
  return value?.replace(/^(?:~|\$\{HOME\})(?=\/)/, home);
}

// The newest first.
function listVersions(folder: string): string[] {
  try {
    return readdirSync(folder).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  } catch {
    return [];
  }
}
