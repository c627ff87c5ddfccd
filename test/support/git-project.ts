// A git repository for a test, with nothing of the machine's configuration.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface GitProject {
  /** Top folder of the repository. */
  readonly top: string;
  /** A folder for a bridge's own files. */
  readonly stateDir: string;
  readonly env: Record<string, string>;
  git(...args: string[]): string;
  write(path: string, text: string | Buffer, mode?: number): void;
  close(): void;
}

export function createGitProject(): GitProject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "codex-bridge-git-")));
  const [top, home] = [join(root, "project"), join(root, "home")];
  mkdirSync(top);
  mkdirSync(home);
  const env = { HOME: home, PATH: process.env["PATH"] ?? "", GIT_CONFIG_NOSYSTEM: "1" };
  const who = ["-c", "user.name=T", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"];
  const git = (...args: string[]): string =>
    execFileSync("git", [...who, ...args], { cwd: top, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  git("init", "--quiet");
  return {
    top,
    stateDir: join(root, "state"),
    env,
    git,
    write: (path, text, mode = 0o644) => {
      const file = join(top, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode });
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}
