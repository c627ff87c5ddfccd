// Recognises the image files that Codex passes to the model. Codex goes by content, not by name, and drops any other file in silence
// (docs/codex-cli.md#images).

/** Why Codex cannot read a file as an image, as part of a sentence; undefined for a complete PNG, JPEG, GIF or WebP image. */
export function findImageProblem(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "is empty";
  const known = FORMATS.find(({ start }) => startsWith(bytes, start));
  if (known !== undefined)
    return known.isWhole(bytes) ? undefined : `is a ${known.name} image that is cut off or damaged`;
  const other = findOther(bytes);
  return `is ${other ?? "no image"}; agents read PNG, JPEG, GIF and WebP`;
}

interface Format {
  readonly name: string;
  readonly start: string;
  readonly isWhole: (bytes: Uint8Array) => boolean;
}

const FORMATS: readonly Format[] = [
  { name: "PNG", start: "\x89PNG\r\n\x1a\n", isWhole: isWholePng },
  { name: "JPEG", start: "\xff\xd8\xff", isWhole: hasJpegScan },
  { name: "GIF", start: "GIF87a", isWhole: hasGifFrame },
  { name: "GIF", start: "GIF89a", isWhole: hasGifFrame },
  { name: "WebP", start: "RIFF", isWhole: isWholeWebp },
];

const OTHERS: readonly [start: RegExp, name: string][] = [
  [/^BM/, "a BMP image"],
  [/^(?:II\*\0|MM\0\*)/, "a TIFF image"],
  [/^\0\0\x01\0/, "an ICO image"],
  [/^....ftyp(?:heic|heix|hevc|mif1|msf1)/s, "a HEIC image"],
  [/^....ftypavi[fs]/s, "an AVIF image"],
  [/^%PDF/, "a PDF document"],
  [/^(?:\xef\xbb\xbf)?\s*<(?:\?xml[\s\S]*?<)?svg\b/, "an SVG image"],
  [/^(?:\xef\xbb\xbf)?[\t\n\r\x20-\x7e]+$/, "text"],
];

function findOther(bytes: Uint8Array): string | undefined {
  const head = toLatin(bytes.subarray(0, 512));
  return OTHERS.find(([start]) => start.test(head))?.[1];
}

function startsWith(bytes: Uint8Array, start: string): boolean {
  return toLatin(bytes.subarray(0, start.length)) === start;
}

function toLatin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

// All chunks up to the last one have to be there.
function isWholePng(bytes: Uint8Array): boolean {
  const view = toView(bytes);
  let hasPixels = false;
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = toLatin(bytes.subarray(at + 4, at + 8));
    if (at === 8 && type !== "IHDR") return false;
    if (type === "IDAT") hasPixels = true;
    if (type === "IEND") return hasPixels;
  }
  return false;
}

// Codex accepts one that is cut off within its pixels.
function hasJpegScan(bytes: Uint8Array): boolean {
  const view = toView(bytes);
  for (let at = 2; at + 4 < bytes.length; ) {
    if (bytes[at] !== 0xff) return false;
    const marker = bytes[at + 1] ?? 0;
    const length = marker === 0xff ? 1 : hasNoLength(marker) ? 2 : 2 + view.getUint16(at + 2);
    if (marker === 0xda) return at + length < bytes.length;
    at += length;
  }
  return false;
}

function hasNoLength(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/** Codex accepts a GIF that lacks its last few bytes. */
const GIF_SLACK_BYTES = 8;

// Before the first frame there are only the header, colours and extensions; the frame itself has to be there.
function hasGifFrame(bytes: Uint8Array): boolean {
  let at = 13 + toColourBytes(bytes[10] ?? 0);
  while (bytes[at] === 0x21) at = skipGifBlocks(bytes, at + 2);
  if (bytes[at] !== 0x2c) return false;
  const pixels = at + 10 + toColourBytes(bytes[at + 9] ?? 0) + 1;
  return pixels + 1 < bytes.length && skipGifBlocks(bytes, pixels) <= bytes.length + GIF_SLACK_BYTES;
}

// Gives the offset behind a chain of blocks. It may lie behind the end of the file.
function skipGifBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let size = bytes[at]; size !== undefined && size > 0; size = bytes[at]) at += 1 + size;
  return at + 1;
}

function toColourBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function isWholeWebp(bytes: Uint8Array): boolean {
  if (bytes.length < 20 || toLatin(bytes.subarray(8, 12)) !== "WEBP") return false;
  return 8 + toView(bytes).getUint32(4, true) <= bytes.length;
}

function toView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
