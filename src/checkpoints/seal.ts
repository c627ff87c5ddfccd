// Tells the checkpoints that bridges of this user saved from files that somebody else put into a project: a cloned repository can bring any.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { isRecord } from "../domain/guards.ts";
import { readSmallTextIfAny } from "../files/small-file.ts";
import { createPrivateFile, makePrivateFolder } from "../state/private-files.ts";

/** Seals texts with a key of this user, which lies in the state folder. */
export interface Seals {
  /** The record with its `seal`, which holds for it as it is; without one where the key can be neither read nor made. */
  seal(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Whether a JSON text is a sealed record that nobody has changed since. */
  isSealed(text: string): boolean;
}

const KEY_FILE = "checkpoint-key";
const KEY = /^[0-9a-f]{64}$/;

/** Makes it; the key is made with the first seal. */
export function createSeals(stateDir: string): Seals {
  const path = join(stateDir, KEY_FILE);
  const readKey = (): string | undefined => {
    const key = readSmallTextIfAny(path, 1_000);
    return key !== undefined && KEY.test(key) ? key : undefined;
  };
  return {
    seal: (record) => {
      const key = readKey() ?? makeKey(stateDir, path, readKey);
      return key === undefined ? record : { ...record, seal: toSeal(record, key) };
    },
    isSealed: (text) => {
      const { seal, ...record } = parse(text);
      const key = typeof seal === "string" && KEY.test(seal) ? readKey() : undefined;
      return key !== undefined && timingSafeEqual(Buffer.from(String(seal)), Buffer.from(toSeal(record, key)));
    },
  };
}

// Of several bridges that make one at once, the first one's holds.
function makeKey(stateDir: string, path: string, read: () => string | undefined): string | undefined {
  try {
    makePrivateFolder(stateDir);
    createPrivateFile(path, randomBytes(32).toString("hex"));
  } catch {
    // A checkpoint without a seal is still worth having.
  }
  return read();
}

const toSeal = (record: object, key: string): string =>
  createHmac("sha256", key).update(JSON.stringify(record)).digest("hex");

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const record: unknown = JSON.parse(text);
    return isRecord(record) ? record : {};
  } catch {
    return {};
  }
}
