// Where installers put programs. A client that was started from a desktop has none of the shell's PATH: what a terminal finds, it does not.
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { readSmallTextIfAny } from "../../../files/small-file.ts";

/** What the folders depend on. */
export interface InstallPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the running Node: npm puts global programs beside it. */
  readonly execPath: string;
}

/** PATH of a client that was not started from a shell, as systemd and launchd have it. */
export const DESKTOP_PATH = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].join(delimiter);

/** Folders of the machine. */
const MACHINE = ["/usr/local/bin", "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin", "/usr/bin", "/snap/bin"];
/** Below the home directory: of the user's own programs, then those of npm, yarn, pnpm, bun and of Node's version managers. */
const HOME = [
  ...[".local/bin", "bin", ".npm-global/bin", ".npm-packages/bin", ".npm/bin", "node_modules/.bin"],
  ...[".yarn/bin", ".config/yarn/global/node_modules/.bin", ".local/share/pnpm", "Library/pnpm"],
  ...[".bun/bin", ".volta/bin", "n/bin", ".asdf/shims", ".local/share/mise/shims", ".cargo/bin"],
];
/** Variables that name such a folder, and the place of programs in it. */
const VARIABLES: Readonly<Record<string, string>> = {
  npm_config_prefix: "bin",
  NPM_CONFIG_PREFIX: "bin",
  PNPM_HOME: "",
  BUN_INSTALL: "bin",
  VOLTA_HOME: "bin",
  N_PREFIX: "bin",
};
/** Folders with one folder for each version of Node: the variable that names it, its usual places, and the programs in a version's folder. */
const VERSIONED = [
  { variable: "NVM_DIR", places: [".nvm"], versions: "versions/node", programs: "bin" },
  {
    variable: "FNM_DIR",
    places: [".local/share/fnm", ".fnm", "Library/Application Support/fnm"],
    versions: "node-versions",
    programs: "installation/bin",
  },
];

/** The folders that are there, the likeliest first. */
export function listInstallFolders({ env, execPath }: InstallPlaces): string[] {
  const home = env["HOME"] || homedir();
  const named = Object.entries(VARIABLES).map(([name, inner]) => join(env[name] || "", inner));
  const prefix = readNpmPrefix(home);
  const folders = [
    dirname(execPath),
    ...named,
    ...(prefix === undefined ? [] : [join(prefix, "bin")]),
    ...HOME.map((place) => join(home, place)),
    ...VERSIONED.flatMap(({ variable, places, versions, programs }) =>
      [env[variable] || "", ...places.map((place) => join(home, place))]
        .filter(isAbsolute)
        .flatMap((root) =>
          listVersions(join(root, versions)).map((version) => join(root, versions, version, programs)),
        ),
    ),
    ...MACHINE,
  ];
  return [...new Set(folders)].filter((folder) => isAbsolute(folder) && existsSync(folder));
}

// `prefix=~/.npm-global`, as npm's own advice for an install without root has it.
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
