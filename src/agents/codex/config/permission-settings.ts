// Finds the permission profile of a turn. The layers of Codex's config and machine-wide requirements choose it.
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { isInside, type SandboxMode } from "../../../domain/sandbox.ts";
import { mergeTables, parseConfigFile } from "./config-layers.ts";
import {
  BUILT_IN_PROFILES,
  findChoice,
  isDenial,
  type PermissionSettings,
  type ProfileSummary,
  summarizeProfile,
} from "./permission-profile.ts";
import { findApprovedConfigs } from "./project-layers.ts";

type Table = Readonly<Record<string, unknown>>;

/** The layers of the user's config, lowest first, and the layers above them. */
export interface ConfigLayers {
  readonly layers: readonly Table[];
  /** Layers that win over a project's config: flags of the registration, then the machine's managed config. */
  readonly upper: readonly Table[];
  /** Machine-wide requirements. */
  readonly requirements: Table;
}

/** Finds the choice of the user's layers. Requirements that list profiles override it, and Codex then refuses `-s` (docs/codex-cli.md#permission-profiles). */
export function choosePermissions({ layers, upper, requirements }: ConfigLayers): PermissionSettings {
  const all = [...layers, ...upper];
  const tables = all.map((layer) => toTable(layer["permissions"])).reduce(mergeTables, {});
  const selected = all.map(findChoice).findLast((choice) => choice !== undefined)?.profile;
  const allowed = requirements["allowed_permission_profiles"];
  if (isRecord(allowed)) {
    const isAllowed = selected !== undefined && allowed[selected] === true;
    const fallback = requirements["default_permissions"];
    return {
      selected: isAllowed ? selected : typeof fallback === "string" ? fallback : ":workspace",
      isFinal: true,
      isManaged: true,
      tables: mergeTables(tables, toTable(requirements["permissions"])),
    };
  }
  return { selected, isFinal: upper.some((layer) => findChoice(layer) !== undefined), isManaged: false, tables };
}

/** A profile that Codex must be given by name: a sandbox mode instead would drop its denies. */
export interface ChosenProfile extends ProfileSummary {
  readonly name: string;
  /** Whether a trusted project's own config chose it. */
  readonly isProjects: boolean;
  readonly isManaged: boolean;
}

/** The sandbox mode that equals the selected profile; undefined unless the profile is built in and not managed. */
export function toBuiltInMode({ selected, isManaged }: PermissionSettings): SandboxMode | undefined {
  return selected === undefined || isManaged ? undefined : BUILT_IN_PROFILES[selected];
}

/** Finds the profile for a turn in `cwd`; undefined if a sandbox mode does the same. Throws SANDBOX_DENIED if a trusted project's config contradicts the user's. */
export async function findProfile(
  settings: PermissionSettings,
  cwd: string,
  trustedProjects: readonly string[],
): Promise<ChosenProfile | undefined> {
  const own = toBuiltInMode(settings) === undefined ? settings.selected : undefined;
  const project = settings.isFinal ? undefined : await readProject(cwd, trustedProjects);
  const name = checkConflict(own, settings, project);
  if (name === undefined) return undefined;
  const tables = mergeTables(settings.tables, project?.tables ?? {});
  const isProjects = name !== own;
  const profile = { name, isProjects, isManaged: settings.isManaged, ...summarizeProfile(tables, name) };
  if (isProjects && profile.writableRoots.some((root) => !isInside(root, cwd))) {
    throw refuse(`The project's own permission profile ${JSON.stringify(name)} writes outside the project.`);
  }
  return profile;
}

/** The `[permissions]` table that applies in `cwd`, including that of a trusted project. */
export async function readPermissionTables(
  settings: PermissionSettings,
  cwd: string,
  trustedProjects: readonly string[],
): Promise<Table> {
  const project = await readProject(cwd, trustedProjects);
  return mergeTables(settings.tables, project?.tables ?? {});
}

interface ProjectLayer {
  /** The profile that the project selects, unless it is a built-in one. */
  readonly selected: string | undefined;
  readonly tables: Table;
}

async function readProject(cwd: string, trustedProjects: readonly string[]): Promise<ProjectLayer | undefined> {
  const paths = findApprovedConfigs(cwd, trustedProjects);
  if (paths.length === 0) return undefined;
  const layers = await Promise.all(paths.map(parseConfigFile));
  const selected = layers.map(findChoice).findLast((choice) => choice !== undefined)?.profile;
  return {
    selected: selected === undefined || selected in BUILT_IN_PROFILES ? undefined : selected,
    tables: layers.map((layer) => toTable(layer["permissions"])).reduce(mergeTables, {}),
  };
}

// A sandboxed turn may have written the project's config. It may add denies, but must not remove the user's.
function checkConflict(
  own: string | undefined,
  settings: PermissionSettings,
  project: ProjectLayer | undefined,
): string | undefined {
  if (own === undefined || project === undefined) return own ?? project?.selected;
  if (project.selected !== undefined && project.selected !== own) {
    throw refuse(
      `The user's Codex config chooses permission profile ${JSON.stringify(own)}, and the project's config chooses ${JSON.stringify(project.selected)}.`,
    );
  }
  const changed = Object.keys(project.tables).find(
    (name) => name in settings.tables && !addsOnlyDenies(project.tables[name]),
  );
  if (changed === undefined) return own;
  throw refuse(`The project's .codex/config.toml changes the user's permission profile ${JSON.stringify(changed)}.`);
}

function addsOnlyDenies(value: unknown): boolean {
  if (isRecord(value)) return Object.values(value).every(addsOnlyDenies);
  return isDenial(value);
}

function refuse(message: string): BridgeError {
  return new BridgeError("SANDBOX_DENIED", message, {
    nextStep: "Ask the user which of the two should apply, and to correct the project's .codex/config.toml.",
  });
}

function toTable(value: unknown): Table {
  return isRecord(value) ? value : {};
}
