// A calling agent as records and the lines of a runner hold it.
import * as z from "zod";
import { SANDBOX_MODES } from "../domain/sandbox.ts";

/** As `Caller`. */
export const CallerSchema = z.object({
  agent: z.string(),
  threadId: z.string().optional(),
  turnId: z.string().optional(),
  sandbox: z.enum(SANDBOX_MODES).optional(),
  limitMs: z.number().optional(),
});
