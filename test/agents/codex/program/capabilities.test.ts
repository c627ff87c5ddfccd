// What the help of `codex exec` tells, with the lines that tell it, as the versions print them.
import { expect, test } from "vitest";
import { readExecHelp } from "../../../../src/agents/codex/program/capabilities.ts";

const PROFILE = "  -p, --profile <CONFIG_PROFILE>\n          Configuration profile from config.toml";
const LAYER =
  "  -p, --profile <CONFIG_PROFILE_V2>\n          Layer $CODEX_HOME/<name>.config.toml on top of the base user config";
const LATER = {
  readsProjects: true,
  takesInstructions: true,
  baseInstructionsKey: "model_instructions_file",
  takesImages: true,
  refusesUnknownThreads: true,
  tellsRunningUsage: true,
};

test.each([
  [
    "0.50",
    `${PROFILE}\n      --json`,
    {
      readsProjects: false,
      takesInstructions: false,
      baseInstructionsKey: "experimental_instructions_file",
      takesImages: false,
      refusesUnknownThreads: false,
      tellsRunningUsage: false,
      letsGoOfThreads: false,
      hasFileProfiles: false,
      hasThreadSource: false,
      trustLevel: undefined,
      snapshotsShell: false,
      startsRoleServers: true,
      ignoresRules: false,
      hasPermissionProfiles: false,
      forks: false,
    },
  ],
  [
    "0.120",
    `${PROFILE}\n      --ephemeral`,
    {
      ...LATER,
      letsGoOfThreads: false,
      hasFileProfiles: false,
      hasThreadSource: false,
      trustLevel: "trusted",
      snapshotsShell: true,
      startsRoleServers: true,
      ignoresRules: false,
      hasPermissionProfiles: false,
      forks: false,
    },
  ],
  [
    "0.142",
    `${LAYER}\n      --ephemeral\n      --ignore-user-config\n      --ignore-rules`,
    {
      ...LATER,
      letsGoOfThreads: false,
      hasFileProfiles: true,
      hasThreadSource: false,
      trustLevel: "untrusted",
      snapshotsShell: true,
      startsRoleServers: true,
      ignoresRules: true,
      hasPermissionProfiles: true,
      forks: false,
    },
  ],
  [
    "0.169",
    `  fork    Fork a previous session by id into a new session\n${LAYER}\n      --ephemeral\n      --ignore-user-config\n      --ignore-rules\n      --thread-source <SOURCE>\n      --worktree\n      --trust`,
    {
      ...LATER,
      letsGoOfThreads: true,
      hasFileProfiles: true,
      hasThreadSource: true,
      trustLevel: undefined,
      snapshotsShell: false,
      startsRoleServers: false,
      ignoresRules: true,
      hasPermissionProfiles: true,
      forks: true,
    },
  ],
])("%s", (_version, help, capabilities) => {
  expect(readExecHelp(help)).toEqual(capabilities);
});
