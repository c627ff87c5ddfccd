// Reads the JSON Schema that `codex app-server generate-json-schema` writes, and finds fields and the members of enums in it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { isRecord } from "../../src/domain/guards.ts";

type Schema = Record<string, unknown>;

/** Lists of methods in the protocol, by who sends them. */
export type MethodList = "ClientRequest" | "ClientNotification" | "ServerRequest" | "ServerNotification";

/** A schema within the file that its references lead to. */
export interface Place {
  readonly schema: Schema;
  readonly file: Schema;
}

/** The protocol of one CLI. */
export class ProtocolSchema {
  readonly #files: ReadonlyMap<string, Schema>;

  constructor(files: ReadonlyMap<string, Schema>) {
    this.#files = files;
  }

  listMethods(list: MethodList): string[] {
    return this.#entries(list).map(toMethod);
  }

  /** The params of a method; undefined if there is no such method. */
  findParams(list: MethodList, method: string): Place | undefined {
    const entry = this.#entries(list).find((candidate) => toMethod(candidate) === method);
    const file = this.#files.get(list);
    if (entry === undefined || file === undefined) return undefined;
    return { schema: toRecord(toRecord(entry["properties"])["params"]), file };
  }

  /** A type that has a file of its own, such as an answer. */
  findType(name: string): Place | undefined {
    const file = this.#files.get(name);
    return file === undefined ? undefined : { schema: file, file };
  }

  #entries(list: MethodList): Schema[] {
    return toSchemas(this.#files.get(list)?.["oneOf"]);
  }
}

/** Has a CLI write its schema, experimental parts included. */
export function generateSchema(codex: string): ProtocolSchema {
  const folder = mkdtempSync("/var/tmp/codex-bridge-schema-");
  try {
    const env = { HOME: folder, CODEX_HOME: folder, PATH: process.env["PATH"] ?? "" };
    const args = ["app-server", "generate-json-schema", "--experimental", "--out", folder];
    execFileSync(codex, args, { env, stdio: "ignore" });
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
    const read = (name: string): Schema => toRecord(JSON.parse(readFileSync(join(folder, name), "utf8")));
    return new ProtocolSchema(new Map(names.map((name) => [basename(name, ".json"), read(name)])));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What lies at a path, such as `turn.items<agentMessage>.phase`: names of fields, through lists, and in angle brackets the variant of a union
 * that has this `type` or `mode`, or this one key. Empty if there is nothing.
 */
export function follow(place: Place, path: string): Place[] {
  const steps = path === "" ? [] : path.split(".");
  return steps.reduce(
    (places, step) => {
      const [, name = step, variant] = /^([^<]*)<(.*)>$/.exec(step) ?? [];
      const found = name === "" ? places : places.flatMap((at) => expand(at)).flatMap((at) => toField(at, name));
      return variant === undefined ? found : found.flatMap(expand).filter((at) => isVariant(at, variant));
    },
    [place],
  );
}

/** Members of an enum, the `type` or `mode` of the variants of a union, or the only keys of its variants. */
export function listMembers(places: readonly Place[]): string[] {
  const listOf = (at: Place): string[] => {
    const own = toMembers(at);
    // A variant may be a union itself; its parts are no members.
    return own.length > 0 ? own : toParts(at).flatMap(listOf);
  };
  return [...new Set(places.flatMap(listOf))];
}

function toMembers({ schema }: Place): string[] {
  const values = [...toList(schema["enum"]), ...("const" in schema ? [schema["const"]] : [])];
  if (values.length > 0) return values.map(String);
  const properties = toRecord(schema["properties"]);
  // Variants are told apart by their `type`, those of an elicitation by their `mode`.
  const type = [properties["type"], properties["mode"]].flatMap((property) => toList(toRecord(property)["enum"]));
  if (type.length > 0) return type.map(String);
  const keys = Object.keys(properties);
  return keys.length === 1 ? keys : [];
}

const isVariant = (at: Place, variant: string): boolean => toMembers(at).includes(variant);

// The schema `true` stands for any value.
function toField({ schema, file }: Place, name: string): Place[] {
  const properties = toRecord(schema["properties"]);
  return name in properties ? [{ schema: toRecord(properties[name]), file }] : [];
}

// The schema itself and everything that it may be.
function expand(at: Place): Place[] {
  return [at, ...toParts(at).flatMap(expand)];
}

// What a reference leads to, the variants of a union, the elements of a list.
function toParts({ schema, file }: Place): Place[] {
  const reference = /^#\/definitions\/(.+)$/.exec(String(schema["$ref"] ?? ""))?.[1];
  const target = reference === undefined ? undefined : toRecord(file["definitions"])[reference];
  const parts = [target, schema["items"], ...["allOf", "anyOf", "oneOf"].flatMap((word) => toList(schema[word]))];
  return parts.filter(isRecord).map((part) => ({ schema: part, file }));
}

const toMethod = (entry: Schema): string =>
  String(toList(toRecord(toRecord(entry["properties"])["method"])["enum"])[0]);
const toRecord = (value: unknown): Schema => (isRecord(value) ? value : {});
const toList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const toSchemas = (value: unknown): Schema[] => toList(value).filter(isRecord);
