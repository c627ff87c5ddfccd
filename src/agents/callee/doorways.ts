// Unix sockets behind which a program acts outside every sandbox. A program with network reaches them.
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

/** Those that are there, and whole folders of them, with links resolved. */
export function listHiddenSockets(env: Environment): string[] {
  const uid = process.getuid?.() ?? 0;
  const paths = [
    toRuntimeFolder(env),
    ...["/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock"],
    ...[env["DOCKER_HOST"], env["DBUS_SESSION_BUS_ADDRESS"]].map(readUnixAddress),
    ...["/run/dbus/system_bus_socket", "/run/systemd/private", "/tmp/.X11-unix"],
    // Claude Code's sessions listen here.
    ...["/tmp/cc-socks", `/tmp/cc-socks-${uid}`],
    env["SSH_AUTH_SOCK"] ?? "",
  ];
  const found = paths
    .filter((path) => path.startsWith("/") && path !== "/")
    .flatMap((path) => findRealPath(path) ?? []);
  return [...new Set(found)];
}
