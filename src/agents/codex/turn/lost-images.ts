// Finds images that did not reach the model. In place of one that Codex cannot read, it puts a note that only the model sees.

/** The text for each image in a stored user message, in order (0.120 to 0.169). */
const IMAGE_OR_NOTE =
  /\{"type":"input_(?:image"|text","text":"(?:image content omitted because|Codex cannot attach image at|Image located at|Codex could not read the local image))/g;

/** A warning that names the lost images, judged by the beginning of what the turn added to its rollout; undefined if there are none. */
export function describeLostImages(added: string, images: readonly string[]): string | undefined {
  const stored = added
    .split("\n")
    .filter((line) => /"type":"message".{0,300}"role":"user"/.test(line.slice(0, 600)))
    .flatMap((line) => line.match(IMAGE_OR_NOTE) ?? [])
    .map((part) => part.endsWith('image"'));
  if (stored.length !== images.length) return undefined;
  const lost = images.filter((_, at) => stored[at] !== true);
  return lost.length === 0
    ? undefined
    : `Codex could not read these images, so the model did not see them: ${lost.join(", ")}.`;
}
