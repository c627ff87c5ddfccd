// Unix sockets behind which a program acts outside every sandbox. A program with network reaches them.
import { readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isInside } from "../../domain/sandbox.ts";
import { findRealPath } from "../../files/real-path.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of the user's own sockets: the session bus, systemd, keyrings, rootless Docker. */
export function toRuntimeFolder(env: Environment): string {
  return env["XDG_RUNTIME_DIR"] ?? `/run/user/${process.getuid?.() ?? 0}`;
}

/** The path in an address such as `unix:///run/docker.sock` or `unix:path=/run/user/1000/bus,guid=…`; "" for any other. */
export function readUnixAddress(address: string | undefined): string {
  return /^unix:(?:\/\/|path=)(\/[^,;]+)/.exec(address ?? "")?.[1] ?? "";
}

/** Of sockets in the user's home and in temporary folders. Each costs a mount. */
const MOST_FOUND = 64;
/** Younger ones are passed over: a sandbox does not start if a socket goes while it is built. */
const LEAST_AGE_MS = 60_000;

/**
 * Those that are there, and whole folders of them, with links resolved: known ones, and every socket in the user's home or in a temporary folder
 * on which a program has listened for a minute, but for those in `areas`: what the callee may write, and the bridge's own.
 */
export function listHiddenSockets(env: Environment, areas: readonly string[]): string[] {
  const uid = process.getuid?.() ?? 0;
  const { HOME: home = "" } = env;
  const paths = [
    toRuntimeFolder(env),
    ...["/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock"],
    ...[env["DOCKER_HOST"], env["DBUS_SESSION_BUS_ADDRESS"]].map(readUnixAddress),
    ...["/run/dbus/system_bus_socket", "/run/systemd/private", "/tmp/.X11-unix"],
    // Claude Code's sessions listen here.
    ...["/tmp/cc-socks", `/tmp/cc-socks-${uid}`],
    // Whoever reaches a terminal's server types in it; whoever reaches Codex's starts threads with full access.
    ...[join(env["TMUX_TMPDIR"] || "/tmp", `tmux-${uid}`), "/run/screen", "/tmp/screens", `/tmp/codex-daemon-${uid}`],
    ...["/var/lib/lxd/unix.socket", "/var/lib/incus/unix.socket", "/var/snap/lxd/common/lxd/unix.socket"],
    ...(home === "" ? [] : [".docker/run", ".docker/desktop", ".colima", ".screen"].map((name) => join(home, name))),
    env["SSH_AUTH_SOCK"] ?? "",
  ];
  const found = paths
    .filter((path) => path.startsWith("/") && path !== "/")
    .flatMap((path) => findRealPath(path) ?? []);
  const folders = [home, env["TMPDIR"] ?? "", "/tmp", "/var/tmp"].filter((path) => path.startsWith("/"));
  const others = listListening()
    .filter((path) => folders.some((folder) => isInside(path, folder)) && !areas.some((area) => isInside(path, area)))
    // Where Claude Code reaches its model through one, it needs it.
    .filter((path) => path !== env["ANTHROPIC_UNIX_SOCKET"] && !found.some((folder) => isInside(path, folder)))
    .filter((path) => isLasting(path) && isReachable(path));
  return [...new Set([...found, ...others.slice(0, MOST_FOUND)])];
}

// The sockets with a path of this network on which a program listens, in the kernel's words. Empty where there is no such list.
function listListening(): string[] {
  try {
    return readFileSync("/proc/net/unix", "utf8").split("\n").flatMap(toListening);
  } catch {
    return [];
  }
}

/** `Num RefCount Protocol Flags Type St Inode Path`, of which the fourth has this bit where somebody listens. */
const ACCEPTS = 0x10000;

function toListening(line: string): string[] {
  const [, flags = "", path = ""] = /^\S+ \S+ \S+ (\S+) \S+ \S+ +\d+ (\/.+)$/.exec(line) ?? [];
  return (Number.parseInt(flags, 16) & ACCEPTS) === 0 ? [] : [path];
}

function isLasting(path: string): boolean {
  try {
    const stats = statSync(path);
    return findRealPath(path) === path && stats.isSocket() && stats.mtimeMs <= Date.now() - LEAST_AGE_MS;
  } catch {
    return false;
  }
}

// Root looks into the folders of others; in a sandbox it has no such right, so nothing there can be reached, or covered.
function isReachable(path: string): boolean {
  try {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      if (!mayEnter(statSync(folder))) return false;
      if (folder === "/") return true;
    }
  } catch {
    // It is gone.
    return false;
  }
}

function mayEnter({ uid, gid, mode }: Stats): boolean {
  if (uid === process.getuid?.()) return (mode & 0o100) !== 0;
  const isOfGroup = gid === process.getgid?.() || process.getgroups?.().includes(gid) === true;
  return (mode & (isOfGroup ? 0o010 : 0o001)) !== 0;
}
