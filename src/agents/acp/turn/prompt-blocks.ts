// A prompt as the protocol takes it. It has no place for instructions or a schema, so they are part of the prompt.
import { BridgeError } from "../../../domain/errors.ts";
import type { JsonObject } from "../../../domain/json.ts";
import type { TurnRequest } from "../../../domain/turn.ts";
import { readImageData } from "../../turn/image-data.ts";
import type { AcpAgent } from "../acp-agent.ts";
import type { OpenSession } from "../session/open-session.ts";

/** Builds it. Throws INVALID_ARGUMENT for an image that cannot be read, AGENT_UNSUPPORTED where the agent takes none. */
export function toPromptBlocks(
  { prompt, images, outputSchema, frame }: Pick<TurnRequest, "prompt" | "images" | "outputSchema" | "frame">,
  { takesImages, isNew }: OpenSession,
  { name }: AcpAgent,
): JsonObject[] {
  if (images.length > 0 && !takesImages) throw new BridgeError("AGENT_UNSUPPORTED", `${name} takes no images.`);
  const { developerInstructions } = frame;
  const parts = [
    ...(isNew && developerInstructions !== undefined
      ? [`Instructions for this conversation:\n${developerInstructions}`]
      : []),
    toPlainText(prompt),
    ...(outputSchema === undefined ? [] : [`${SCHEMA}\n${JSON.stringify(outputSchema)}`]),
  ];
  return [...images.map(toImage), { type: "text", text: parts.join("\n\n") }];
}

const SCHEMA = "Your final message must be JSON alone, without a fence around it, that fits this JSON Schema:";

// Agents run a text that begins with the name of a command by themselves, blanks before it or not: Gemini CLI 0.61.0 even installs extensions so.
function toPlainText(prompt: string): string {
  return /^\s*[/!$]/.test(prompt) ? `Do this: ${prompt}` : prompt;
}

function toImage(path: string): JsonObject {
  const { type, base64 } = readImageData(path);
  return { type: "image", mimeType: type, data: base64 };
}
