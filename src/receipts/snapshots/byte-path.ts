// Paths as git tells them. On Linux a name is bytes, and need not be UTF-8.

/** A path relative to its repository, with `/` between names. Each character stands for one byte, so none is lost. */
export type BytePath = string;

/** The records of NUL-separated output. */
export function splitRecords(output: Buffer): BytePath[] {
  const records = output.toString("latin1").split("\0");
  records.pop();
  return records;
}

/** Paths as NUL-separated input. */
export function joinRecords(records: readonly string[]): Buffer {
  return Buffer.from(records.map((record) => `${record}\0`).join(""), "latin1");
}

/** The path of a file below a folder, for the file system's functions. */
export function toFilePath(folder: string, path: BytePath): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, "latin1")]);
}

/** The path for people: what is no UTF-8 shows as a replacement character. */
export function toReadablePath(path: BytePath): string {
  return Buffer.from(path, "latin1").toString("utf8");
}
