// Whether a folder lies on a network file system. SQLite's log (WAL) needs memory that all its users share, which two machines do not.
import { readFileSync, statfsSync } from "node:fs";

/** Linux's own numbers for them (`linux/magic.h`). */
const BY_NUMBER: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB"],
  [0xff534d42, "CIFS"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x01021997, "9p"],
]);
const FUSE = 0x65735546;
/** File systems on FUSE that reach over a network; others are on this machine. */
const FUSE_NETWORK = /^fuse\.(?:sshfs|s3fs|rclone|glusterfs|ceph|davfs2?|gcsfuse|juicefs|curlftpfs|smbnetfs)$/;

/** Its name; undefined where it is none, or where that cannot be found out (macOS): then only SQLite's own check is left. */
export function findNetworkFileSystem(folder: string, mounts = "/proc/self/mountinfo"): string | undefined {
  const { type } = statfsSync(folder);
  if (type === FUSE) return findFuse(folder, mounts);
  return process.platform === "linux" ? BY_NUMBER.get(type) : undefined;
}

// The last line whose mount point is the longest that the folder lies in.
function findFuse(folder: string, mounts: string): string | undefined {
  const mounted = readFileSync(mounts, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, point, type] = /^\S+ \S+ \S+ \S+ (\S+) .*? - (\S+)/.exec(line) ?? [];
      return point !== undefined && type !== undefined && isWithin(folder, point) ? [{ point, type }] : [];
    })
    .sort((one, other) => one.point.length - other.point.length);
  const type = mounted.at(-1)?.type ?? "";
  return FUSE_NETWORK.test(type) ? type.slice("fuse.".length) : undefined;
}

function isWithin(folder: string, point: string): boolean {
  return point === "/" || folder === point || folder.startsWith(`${point}/`);
}
