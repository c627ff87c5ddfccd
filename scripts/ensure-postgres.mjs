// For test/memory/postgres: installs a PostgreSQL server where there is none, on Debian and its relatives, without asking.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

const ROOT = "/usr/lib/postgresql";
const isThere = () =>
  existsSync(ROOT) && readdirSync(ROOT).some((name) => Number(name) >= 15 && existsSync(`${ROOT}/${name}/bin/initdb`));

if (!isThere()) {
  const prefix = process.getuid() === 0 ? [] : ["sudo", "-n"];
  for (const command of [
    ["apt-get", "update", "-q"],
    ["apt-get", "install", "-q", "-y", "--no-install-recommends", "postgresql"],
  ]) {
    const [program, ...args] = [...prefix, ...command];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync(program, args, { stdio: ["ignore", "inherit", "inherit"], env });
  }
  if (!isThere()) {
    console.error("There is no PostgreSQL 15 or newer, and apt-get could not install it: see the lines above.");
    process.exit(1);
  }
}
