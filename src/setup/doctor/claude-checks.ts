// Checks the bridge's entries in Claude Code: whether there is one, in which file, and how it affects calls.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EnabledPlugin } from "../../clients/claude-code/plugins.ts";
import type { Registration, RegistrationReport } from "../../clients/claude-code/registrations.ts";
import { toOwnCommand } from "../../domain/own-command.ts";
import { toShellWords } from "../../domain/shell-words.ts";
import { type Finding, failed, mergeFindings, ok, warning } from "./check.ts";
import { checkCommandNames } from "./command-names.ts";
import { type EntryContext, findMissing, pickBridges, pickMemoryServers } from "./own-entries.ts";
import { checkCopy } from "./plugin-copies.ts";
import { describeUnread } from "./unread-files.ts";

/** Name of the plugin for Claude Code. */
const OWN_PLUGIN = "codex-bridge";
const INSTALL_AGAIN = `Install it from where it is now: run \`claude plugin uninstall ${OWN_PLUGIN}\`, then \`claude plugin marketplace remove ${OWN_PLUGIN}\`, then \`claude plugin install ${OWN_PLUGIN} --marketplace FOLDER\`.`;

/** Finds the entry that Claude Code starts, whose settings apply: the first approved one whose files exist, else the first approved one. */
export function findActive(report: RegistrationReport, context: EntryContext): Registration | undefined {
  // An entry that the user has not approved is not started, and its settings are not trusted.
  const approved = pickBridges(report.registrations, context).filter(
    ({ approval }) => approval === "approved" || approval === "not needed",
  );
  return approved.find((entry) => findMissing(entry, context) === undefined) ?? approved[0];
}

/** Checks every registration of the bridge, and reports the files that could not be read. */
export function checkRegistration(report: RegistrationReport, context: EntryContext, version: string): Finding {
  const bridges = pickBridges(report.registrations, context);
  const gone = report.gonePlugins.filter(({ id }) => id.startsWith(`${OWN_PLUGIN}@`)).map(toGone);
  const findings = [
    ...bridges.map((entry, at) => {
      const finding = judgeEntry(entry, report, context);
      return at === 0 ? finding : addSecond(entry, bridges[0], finding);
    }),
    ...pickMemoryServers(report.registrations, context).map((entry) => judgeEntry(entry, report, context)),
    ...pickBridges(report.dropped, context).map((entry) => toDropped(entry, bridges)),
    ...gone,
    ...report.plugins.filter(({ id }) => id.startsWith(`${OWN_PLUGIN}@`)).flatMap((own) => checkCopy(own, version)),
    ...checkCommandNames(report.plugins, OWN_PLUGIN, context),
    ...report.problems.map(describeUnread),
  ];
  return mergeFindings(
    bridges.length === 0 && gone.length === 0 ? [toUnregistered(report, context), ...findings] : findings,
  );
}

function judgeEntry(entry: Registration, report: RegistrationReport, context: EntryContext): Finding {
  const where = entry.scope === "plugin" ? "of an installed plugin" : `in ${entry.scope} scope`;
  const found = `"${entry.name}" ${where} (${entry.file}): ${describeCommand(entry)}`;
  const missing = findMissing(entry, context);
  if (missing !== undefined) return failed(`${found}: ${missing} is not there`, toReplacement(entry, report, context));
  if (entry.approval === "disabled") {
    return warning(
      `${found}; disabled in this project`,
      "Enable it in Claude Code: /mcp, or remove it from disabledMcpjsonServers.",
    );
  }
  if (entry.approval === "pending") {
    return warning(`${found}; not approved yet`, 'Start claude in this directory and choose "Use this MCP server".');
  }
  if (entry.timeoutMs !== undefined) {
    return warning(
      `${found}; timeout ${entry.timeoutMs} ms caps every call`,
      "Remove `timeout`: progress does not extend it, and turns take minutes.",
    );
  }
  return ok(found);
}

// Claude Code refuses to add a name that exists, so the old entry is removed first. The scope is given because a name may exist in several.
function toReplacement(entry: Registration, { hidden }: RegistrationReport, context: EntryContext): string {
  const { name, scope, file, env, args } = entry;
  if (scope === "plugin") return `Its plugin is not whole: build it again. ${INSTALL_AGAIN}`;
  const remove = toRemoval(entry);
  const behind = pickBridges(hidden, context).find(
    (other) => other.name === name && findMissing(other, context) === undefined,
  );
  if (behind !== undefined)
    return `Run \`${remove}\`. Then the entry in ${behind.scope} scope (${behind.file}) applies.`;
  const isMemory = pickMemoryServers([entry], context).length > 0;
  const words = isMemory ? args.slice(args.indexOf("memory-server")) : [];
  const own = [...toOwnCommand(context.ownPath), ...words];
  const add = toShellWords(["claude", "mcp", "add", "-s", scope, name, "--", ...own]);
  const keeps = Object.keys(env).length === 0 ? "" : ` Or correct the path in ${file}, which keeps its env.`;
  return `Remove it and register again: \`${remove} && ${add}\`.${keeps}`;
}

// A failed entry is removed anyway, so it needs no second reason. The plugin brings more than its server, so it is the one to keep.
function addSecond(entry: Registration, first: Registration | undefined, finding: Finding): Finding {
  const found = `and again as ${finding.found}`;
  if (finding.status === "failed") return { ...finding, found };
  const isByHand = entry.scope !== "plugin" || first === undefined || first.scope === "plugin";
  const advice = `Both entries offer the same tools. Remove ${isByHand ? `this one: \`${toRemoval(entry)}\`` : `the other one: \`${toRemoval(first)}\``}.`;
  return warning(found, [finding.advice, advice].filter((text) => text !== undefined).join(" "));
}

function toDropped({ name, command, args }: Registration, bridges: readonly Registration[]): Finding {
  const others = bridges.filter((other) => [other.command, ...other.args].join("\0") === [command, ...args].join("\0"));
  const named = others.map((other) => JSON.stringify(other.name)).join(", ");
  return warning(
    `Claude Code drops "${name}" of an installed plugin, since ${named} has the same command line: the plugin's hooks do not reach it`,
    `Remove the other one: \`${others.map(toRemoval).join(" && ")}\`.`,
  );
}

// Claude Code does not say so when it starts.
function toGone({ id, folder }: EnabledPlugin): Finding {
  return failed(`the plugin ${id} is on, but ${folder} is not there`, INSTALL_AGAIN);
}

function toRemoval({ name, scope }: Registration): string {
  if (scope === "plugin") return toShellWords(["claude", "plugin", "uninstall", toPluginName(name)]);
  return toShellWords(["claude", "mcp", "remove", name, "-s", scope]);
}

// `plugin:NAME:SERVER`.
const toPluginName = (name: string): string => name.split(":")[1] ?? name;

function toUnregistered({ registrations, hidden }: RegistrationReport, context: EntryContext): Finding {
  const { ownPath } = context;
  const old = registrations.find(({ command, args }) => /(^|\/)codex$/.test(command) && args.includes("mcp-server"));
  if (old !== undefined) {
    return warning(
      `"${old.name}" (${old.file}) still starts \`codex mcp-server\`, which Codex CLI 0.154.0 removed`,
      `\`${toShellWords([...toOwnCommand(ownPath), "migrate"])}\` repairs it.`,
    );
  }
  const behind = pickBridges(hidden, context)[0];
  const before = registrations.find(({ name }) => name === behind?.name);
  if (behind !== undefined && before !== undefined) {
    return warning(
      `"${before.name}" in ${before.scope} scope (${before.file}) is another server, and hides the bridge in ${behind.scope} scope`,
      `Rename one of them, or run \`${toShellWords(["claude", "mcp", "remove", before.name, "-s", before.scope])}\`.`,
    );
  }
  const command = toShellWords([...toOwnCommand(ownPath), "init"]);
  const ways = [`To register it for all projects, run \`${command}\`.`, ...describePlugin(ownPath)].join(" ");
  return {
    ...warning("not registered in Claude Code for this directory", ways),
    headline: `The bridge works, but Claude Code does not know it in this directory. ${ways}`,
  };
}

// The marketplace lies beside the program, in a checkout and in the package.
function describePlugin(ownPath: string): string[] {
  const folder = join(dirname(dirname(ownPath)), "dist-plugin");
  if (!existsSync(join(folder, ".claude-plugin/marketplace.json"))) return [];
  const command = toShellWords(["claude", "plugin", "install", OWN_PLUGIN, "--marketplace", folder]);
  return [`To install the plugin instead, which brings commands too, run \`${command}\`.`];
}

// The flags of `mcp-server` are left out: they may hold secrets.
function describeCommand({ command, args }: Registration): string {
  const isCompatible = args.includes("mcp-server");
  const shown = isCompatible
    ? [...args.filter((word) => /(bin\.js|codex-bridge)$/.test(word)), "mcp-server", "…"]
    : args;
  return [command, ...shown].join(" ");
}
