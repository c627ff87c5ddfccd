// The whole demo, in which the real Codex asks the real Claude Code for a review: it prints what docs/demo.md shows, and leaves nothing.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { expect, test } from "vitest";
import { until } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";

import { findClaude } from "./claude.ts";
import { CAN_BE_HELD } from "./claude-lab.ts";

/** It takes 25 s on a quiet machine. */
const PATIENCE = { timeout: 150_000 };

test.skipIf(!CAN_BE_HELD)(
  "it prints what docs/demo.md shows, and nothing is left running or behind",
  PATIENCE,
  async () => {
    const listFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("codex-bridge-demo-"));
    const before = listFolders();
    // One of the few variables that the demo hands on to all of its programs.
    const TERM = nanoid();
    const env = { PATH: process.env["PATH"] ?? "", HOME: tmpdir(), CLAUDE_BIN: findClaude(), TERM };
    execFileSync(process.execPath, ["scripts/demo-look.mjs", "--check"], {
      ...{ cwd: join(import.meta.dirname, "../.."), env, stdio: "pipe", encoding: "utf8" },
    });
    await until("nothing is left", () => findMarked(`TERM=${TERM}`).length === 0);
    expect(listFolders()).toEqual(before);
  },
);
