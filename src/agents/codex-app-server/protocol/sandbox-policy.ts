// The app server's form of a sandbox.
import type { JsonObject } from "../../../domain/json.ts";
import { FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../../domain/sandbox.ts";
import { type Fields, readFlag, readText, readTexts } from "./fields.ts";

/** Writes a policy for `turn/start`. A read-only turn has no network. */
export function writeSandboxPolicy(policy: SandboxPolicy): JsonObject {
  if (policy.mode === "danger-full-access") return { type: "dangerFullAccess" };
  if (policy.mode === "read-only") return { type: "readOnly", networkAccess: false };
  return {
    type: "workspaceWrite",
    writableRoots: policy.writableRoots,
    networkAccess: policy.networkAccess,
    excludeTmpdirEnvVar: policy.excludeTmpdir,
    excludeSlashTmp: policy.excludeSlashTmp,
  };
}

/** Reads the policy in force; undefined if a part of it is missing or not known here: nothing is taken for the narrow sandbox. */
export function readSandboxPolicy(fields: Fields | undefined): SandboxPolicy | undefined {
  switch (readText(fields, "type")) {
    case "dangerFullAccess":
      return FULL_ACCESS;
    case "readOnly": {
      const networkAccess = readFlag(fields, "networkAccess");
      return networkAccess === undefined ? undefined : { ...READ_ONLY, networkAccess };
    }
    case "workspaceWrite":
      return readWorkspaceWrite(fields);
    default:
      return undefined;
  }
}

function readWorkspaceWrite(fields: Fields | undefined): SandboxPolicy | undefined {
  const writableRoots = readTexts(fields, "writableRoots");
  const networkAccess = readFlag(fields, "networkAccess");
  const excludeSlashTmp = readFlag(fields, "excludeSlashTmp");
  const excludeTmpdir = readFlag(fields, "excludeTmpdirEnvVar");
  if (writableRoots === undefined || networkAccess === undefined) return undefined;
  if (excludeSlashTmp === undefined || excludeTmpdir === undefined) return undefined;
  return { mode: "workspace-write", networkAccess, writableRoots, excludeSlashTmp, excludeTmpdir };
}
