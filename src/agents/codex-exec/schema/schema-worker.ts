// A thread of its own for JSON Schemas: it can be ended at any moment, whatever a schema makes it do. A bundle beside the server's.
import { parentPort, workerData } from "node:worker_threads";
import { isRecord } from "../../../domain/guards.ts";
import { judge } from "./schema-check.ts";

const job: unknown = workerData;
if (parentPort !== null && isRecord(job) && typeof job["schema"] === "string") {
  const { schema, answer } = job;
  // The time limit begins here: how long a thread takes to start says nothing of the schema.
  parentPort.postMessage("ready");
  parentPort.postMessage(judge({ schema, answer: typeof answer === "string" ? answer : undefined }));
}
