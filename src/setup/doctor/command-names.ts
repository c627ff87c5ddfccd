// Whether the plugin's commands are reached by their bare names: another plugin, the project or the user may have a command of that name.
import type { ClaudeContext } from "../../clients/claude-code/config-files.ts";
import type { EnabledPlugin } from "../../clients/claude-code/plugins.ts";
import { listOwnNames, listPluginNames, type TypedName } from "../../clients/claude-code/typed-names.ts";
import { toShellWords } from "../../domain/shell-words.ts";
import { type Finding, warning } from "./check.ts";

/** Clashes that are named one by one. */
const MOST_NAMED = 5;

/** Finds commands that have a name of the plugin called `ownName`; nothing where that is not on. */
export function checkCommandNames(
  plugins: readonly EnabledPlugin[],
  ownName: string,
  claude: ClaudeContext,
): readonly Finding[] {
  const isOwn = ({ id }: EnabledPlugin): boolean => id.split("@")[0] === ownName;
  const [own, ...namesakes] = plugins.filter(isOwn);
  if (own === undefined) return [];
  const names = new Set(listPluginNames(own.folder).map(({ name }) => name));
  const isTaken = ({ name }: TypedName): boolean => names.has(name);
  const others = plugins.filter((plugin) => !isOwn(plugin)).flatMap(({ folder }) => listPluginNames(folder));
  return [
    ...namesakes.map(({ id }) =>
      warning(
        `two plugins called ${ownName} are on, ${own.id} and ${id}: their commands, hooks and servers have the same names`,
        `Turn one off: \`${toShellWords(["claude", "plugin", "disable", id])}\`.`,
      ),
    ),
    ...tell(listOwnNames(claude).filter(isTaken), ownName, "runs instead of the plugin's"),
    ...tell(others.filter(isTaken), ownName, "may run instead of the plugin's, since another plugin has that name too"),
  ];
}

function tell(clashes: readonly TypedName[], ownName: string, what: string): Finding[] {
  const [first] = clashes;
  if (first === undefined) return [];
  const shown = clashes.slice(0, MOST_NAMED).map(({ name, file }) => `/${name} (${file})`);
  const more = clashes.length > shown.length ? ` and ${clashes.length - shown.length} more` : "";
  return [
    warning(
      `${shown.join(", ")}${more} ${what}`,
      `Type \`/${ownName}:${first.name}\` for the plugin's, or rename the other one.`,
    ),
  ];
}
