// Images that did not reach the model: where Codex cannot read one, it puts a note in its place, which nobody but the model sees.

/** What stands in a stored user message for each image, in order (observed on 0.120, 0.142, 0.150 and 0.169). */
const IMAGE_OR_NOTE =
  /\{"type":"input_(?:image"|text","text":"(?:image content omitted because|Codex cannot attach image at|Image located at|Codex could not read the local image))/g;

/** A warning that names the images that were lost, by what the turn has added to its rollout, from its beginning on; undefined for none. */
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
