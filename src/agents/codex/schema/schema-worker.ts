// The thread in which JSON Schemas are checked. It can be ended at any moment, whatever a schema makes it do. A bundle of its own.
import { parentPort, workerData } from "node:worker_threads";
import { isRecord } from "../../../domain/guards.ts";
import { judge } from "./schema-check.ts";

const job: unknown = workerData;
if (parentPort !== null && isRecord(job) && typeof job["schema"] === "string") {
  const { schema, answer } = job;
  // The time limit begins here: how long a thread takes to start does not depend on the schema.
  parentPort.postMessage("ready");
  parentPort.postMessage(judge({ schema, answer: typeof answer === "string" ? answer : undefined }));
}
