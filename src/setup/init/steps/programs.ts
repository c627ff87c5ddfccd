// The two programs: whether they are there, and whether Codex has a login. Nothing is installed: that is the user's own to do.
import type { InitContext, InitStep, StepFinding } from "../context.ts";

/** Looks at both programs. */
export const programsStep: InitStep = {
  name: "programs",
  title: "look for Claude Code and the Codex CLI, and its login",
  plan: ({ claude, codex }) => [
    describe("Claude Code", claude, "npm install -g @anthropic-ai/claude-code"),
    describe("Codex CLI", codex, "npm install -g @openai/codex"),
    ...(codex.path === undefined ? [] : [describeLogin(codex)]),
  ],
};

function describe(name: string, { path, version }: InitContext["claude"], install: string): StepFinding {
  if (path === undefined) return { kind: "failed", text: `${name} is not installed: ${install}` };
  return { kind: "already", text: `${name}${version === undefined ? "" : ` ${version}`} (${path})` };
}

function describeLogin({ hasLogin }: InitContext["codex"]): StepFinding {
  return hasLogin
    ? { kind: "already", text: "Codex has a login" }
    : { kind: "note", text: "Codex has no login in its home: codex login (a key in CODEX_API_KEY works too)" };
}
