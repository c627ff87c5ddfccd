// The smallest images of each kind, whole and damaged.

const decode = (text: string): Buffer => Buffer.from(text, "base64");
const box = (brand: string): Buffer =>
  Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}mif1${"\0".repeat(100)}`, "latin1");

export const PNG = decode(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);
export const JPEG = decode(
  "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AKp//2Q==",
);
export const GIF = decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");
export const WEBP = decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA");
const WEBP_LOSSLESS = decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==");

/** A byte of the pixels is another: nothing of the structure shows it. */
export const DAMAGED_PNG = Buffer.from(PNG).fill(0xff, 45, 46);

/** What Codex hands to the model. */
export const GOOD_IMAGES: Record<string, Buffer> = {
  "a.png": PNG,
  "a.jpg": JPEG,
  "a.gif": GIF,
  "a.webp": WEBP,
  "lossless.webp": WEBP_LOSSLESS,
  "png.txt": PNG,
  "jpeg.png": JPEG,
  noname: GIF,
  "no-end.jpg": JPEG.subarray(0, -2),
  "no-end.gif": GIF.subarray(0, -1),
  "more.png": Buffer.concat([PNG, Buffer.from("more")]),
};

/** What it passes over. */
export const BAD_IMAGES: Record<string, [bytes: Buffer, reason: RegExp]> = {
  "empty.png": [Buffer.alloc(0), /is empty/],
  "text.png": [Buffer.from("hello\n"), /is text; agents read PNG, JPEG, GIF and WebP/],
  "a.svg": [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /is an SVG image/],
  "b.svg": [Buffer.from('\ufeff<?xml version="1.0"?>\n<!-- x -->\n<svg/>'), /is an SVG image/],
  "a.heic": [box("heic"), /is a HEIC image/],
  "a.avif": [box("avif"), /is an AVIF image/],
  "a.bmp": [Buffer.from(`BM${"\0".repeat(56)}`, "latin1"), /is a BMP image/],
  "a.tiff": [Buffer.from(`II*\0${"\0".repeat(60)}`, "latin1"), /is a TIFF image/],
  "a.ico": [Buffer.concat([Buffer.from("\0\0\x01\0\x01\0", "latin1"), PNG]), /is an ICO image/],
  "a.pdf": [Buffer.from("%PDF-1.4\n"), /is a PDF/],
  "noise.png": [Buffer.from([1, 2, 3, 0xff]), /is no image/],
  "shifted.png": [Buffer.concat([Buffer.from("x"), PNG]), /is no image/],
  "head.png": [PNG.subarray(0, 8), /PNG image that is cut off/],
  "no-pixels.png": [PNG.subarray(0, 33), /PNG image that is cut off/],
  "cut.png": [PNG.subarray(0, 50), /PNG image that is cut off/],
  "no-end.png": [PNG.subarray(0, -12), /PNG image that is cut off/],
  "cut.jpg": [JPEG.subarray(0, 60), /JPEG image that is cut off/],
  "cut.gif": [GIF.subarray(0, 13), /GIF image that is cut off/],
  "cut.webp": [WEBP.subarray(0, 30), /WebP image that is cut off/],
  "head.webp": [WEBP.subarray(0, 12), /WebP image that is cut off/],
};
