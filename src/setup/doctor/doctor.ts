// `doctor` runs every check, in the order in which a person would fix things. A check that depends on a broken part is skipped.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEnvFileReader, createHomeRedactor } from "../../agents/codex/config/env-file.ts";
import { isDefaultHome } from "../../agents/codex/config/home.ts";
import { readPermissionRules } from "../../clients/claude-code/permission-rules.ts";
import { type RegistrationReport, readRegistrations } from "../../clients/claude-code/registrations.ts";
import { createRedactor, type Redact } from "../../domain/redact.ts";
import { type Ask, after, once } from "./after.ts";
import { checkDirectory } from "./boundary-checks.ts";
import { type Check, skipped } from "./check.ts";
import { checkRegistration, findActive } from "./claude-checks.ts";
import { checkEmbeddings } from "./embeddings-checks.ts";
import { checkLive } from "./live-checks.ts";
import type { DoctorOptions, DoctorSettings } from "./options.ts";
import { checkNode, checkSettings } from "./own-checks.ts";
import { type EntryContext, findMissing, pickBridges } from "./own-entries.ts";
import { type BridgeNames, checkPermissions } from "./permission-checks.ts";
import { checkParts, skipAll } from "./settings-checks.ts";

/**
 * Runs the checks, all or those of `only`, with the environment that the server gets: the caller's, overridden by that of the registered entry.
 * Throws if `only` names one that there is not.
 */
export async function runDoctor(options: DoctorOptions): Promise<Check[]> {
  const made: string[] = [];
  try {
    return await runChecks(options, () => makeScratchHome(made));
  } finally {
    for (const folder of made) removeQuietly(folder);
  }
}

// If the temporary folder cannot be made, Codex creates its own home. That is better than no checks.
function makeScratchHome(made: string[]): string | undefined {
  try {
    const folder = mkdtempSync(join(tmpdir(), "codex-bridge-doctor-"));
    made.push(folder);
    return folder;
  } catch {
    return undefined;
  }
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // A leftover temporary folder must not hide the findings.
  }
}

async function runChecks(options: DoctorOptions, makeHome: () => string | undefined): Promise<Check[]> {
  const { cwd, ownPath, version, isTurn, only } = options;
  const report = readRegistrations(options);
  const context = { ownPath, env: options.env, cwd };
  const entry = findActive(report, context);
  const flags = options.readFlags(entry?.args ?? []);
  const env = { ...options.env, ...entry?.env };
  // If the entry sets PATH, the server gets it wherever the client is started.
  const hasOwnPath = entry?.env["PATH"] !== undefined;
  const loaded = options.load(env);
  const command = entry ?? { command: process.execPath, args: [ownPath] };
  const settings = checkSettings(loaded);
  const { parts, toCodexSide } =
    "settings" in loaded
      ? checkParts(
          { ...options, hasOwnPath, scratchHome: isHomeMissing(loaded.settings, env) ? makeHome() : undefined },
          env,
          loaded.settings,
          flags,
        )
      : skipAll("settings failed");
  const { codex, "codex-home": home, credential } = parts;
  const embeddings = "settings" in loaded ? loaded.settings.embeddingsUrl : undefined;
  const ownSettings = once(() => settings);
  const registration = once(() => checkRegistration(report, { ...context, env }, version));
  const start = entry !== undefined && findMissing(entry, { ...context, env }) !== undefined ? { registration } : {};
  const live = once(() =>
    checkLive({ ...command, env: toPlainEnv(env), cwd }, version, {
      isTurn,
      needs: { settings: ownSettings, codex, "codex-home": home, credential },
    }),
  );
  const own: Readonly<Record<string, Ask>> = {
    node: once(() => checkNode(process.platform, process.versions.node)),
    settings: ownSettings,
    codex,
    "codex-home": home,
    credential,
    certificates: parts.certificates,
    sandbox: parts.sandbox,
    "codex-rules": parts["codex-rules"],
    sockets: parts.sockets,
    directory: once(() =>
      "settings" in loaded
        ? checkDirectory(cwd, () => options.refuseWriting(loaded.settings, env))
        : skipped("settings failed"),
    ),
    rules: parts.rules,
    state: parts.state,
    memory: parts.memory,
    leftovers: parts.leftovers,
    worktrees: parts.worktrees,
    runners: parts.runners,
    registration,
    permissions: once(() => checkPermissions(readPermissionRules(options), toServerNames(report, context))),
    "codex-mcp": parts["codex-mcp"],
    "codex-hooks": parts["codex-hooks"],
    agents: parts.agents,
    ...("settings" in loaded && embeddings !== undefined
      ? { embeddings: once(() => checkEmbeddings(loaded.settings, embeddings)) }
      : {}),
    server: after(start, async () => (await live()).server),
    ...(isTurn ? { turn: once(async () => (await live()).turn ?? skipped("the server does not start")) } : {}),
  };
  const isWanted = (id: string): boolean => only === undefined || only.includes(id);
  const idle = () => Promise.allSettled(Object.keys(own).flatMap((id) => (isWanted(id) ? (own[id]?.() ?? []) : [])));
  const all = { ...own, ...toCodexSide(idle) };
  const unknown = only?.find((id) => !(id in all));
  if (unknown !== undefined) {
    throw new Error(`there is no check ${JSON.stringify(unknown)}; the checks are ${Object.keys(all).join(", ")}`);
  }
  const redact =
    "settings" in loaded
      ? createHomeRedactor(env, createEnvFileReader(loaded.settings.codexHome))
      : createRedactor(env);
  const wanted = Object.entries(all).filter(([id]) => isWanted(id));
  return Promise.all(wanted.map(async ([id, ask]) => redactCheck({ id, ...(await ask()) }, redact)));
}

// Only the default home counts: Codex creates it. Codex refuses any other home that does not exist.
function isHomeMissing({ codexHome }: DoctorSettings, env: NodeJS.ProcessEnv): boolean {
  return isDefaultHome(codexHome, env) && !existsSync(codexHome);
}

function toServerNames({ registrations, trust }: RegistrationReport, context: EntryContext): BridgeNames {
  const bridges = pickBridges(registrations, context);
  const others = registrations.filter((entry) => !bridges.includes(entry));
  return {
    servers: bridges.map(({ name }) => name),
    others: others.map(({ name }) => name),
    ownPath: context.ownPath,
    trust,
  };
}

function redactCheck({ found, advice, headline, ...rest }: Check, redact: Redact): Check {
  return {
    ...rest,
    found: redact(found),
    ...(advice === undefined ? {} : { advice: redact(advice) }),
    ...(headline === undefined ? {} : { headline: redact(headline) }),
  };
}

function toPlainEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
