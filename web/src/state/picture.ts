// A picture is its z, where that came from, and a few words. What is made from the same source twice is one object, so
// that its pixels are made once.
import { fromBase64, toBase64 } from "../boot/files";
import { fromSeed, PLAIN, type Prior, type Spread } from "../latent/prior";

export interface Picture {
  readonly z: Float32Array;
  readonly words: string;
  /** The seed and how it was spread, where that is all that the picture is. */
  readonly seed: (Spread & { readonly seed: string }) | null;
}

/** A picture as plain values for an address: ["s", seed, mean, std, trunc] or ["z", base64 of float32, words]. */
export type PictureCode = ["s", string, number, number, number | null] | ["z", string, string];

/** What the pictures of a page have in common. */
export interface Space {
  readonly prior: Prior;
  readonly zDim: number;
}

const BYTES = 64 * 2 ** 20; // of pixels that may hang on pictures that are kept
const LEAST_KEPT = 512; // more than a wall
let mostKept = LEAST_KEPT;
const kept = new Map<string, Picture>();

/** Say how large a picture is, so that not too many are kept. */
export function sizeOfPictures(width: number, height: number): void {
  mostKept = Math.max(LEAST_KEPT, Math.floor(BYTES / (4 * width * height)));
}

export function pictureOfSeed(space: Space, seed: string, spread: Spread = PLAIN): Picture {
  const name = [space.prior, space.zDim, seed, spread.mean, spread.std, spread.trunc].join("/");
  let picture = kept.get(name);
  if (picture === undefined) {
    const z = fromSeed(space.prior, seed, space.zDim, spread);
    picture = { z, words: `seed ${seed}${spreadWords(spread)}`, seed: { seed, ...spread } };
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value!);
    kept.set(name, picture);
  }
  return picture;
}

export function pictureOf(z: ArrayLike<number>, words: string): Picture {
  return { z: Float32Array.from(z as number[]), words, seed: null };
}

export function encodePicture(picture: Picture): PictureCode {
  if (picture.seed !== null) {
    const { seed, mean, std, trunc } = picture.seed;
    return ["s", seed, mean, std, trunc];
  }
  return ["z", toBase64(new Uint8Array(picture.z.buffer, picture.z.byteOffset, picture.z.byteLength)), picture.words];
}

/** Throws where the values are no picture of this space. */
export function decodePicture(space: Space, code: unknown): Picture {
  if (!Array.isArray(code)) throw new Error("no picture");
  if (code[0] === "s") {
    const [, seed, mean, std, trunc] = code as unknown[];
    if (typeof seed !== "string" || !/^-?\d{1,40}$/.test(seed)) throw new Error("no seed");
    if (![mean, std, trunc ?? 1].every((x) => typeof x === "number" && Number.isFinite(x)))
      throw new Error("no spread");
    return pictureOfSeed(space, seed, { mean: mean as number, std: std as number, trunc: trunc as number | null });
  }
  const bytes = fromBase64(String(code[1]));
  if (bytes.length !== 4 * space.zDim) throw new Error("a vector of another length");
  const z = new Float32Array(bytes.buffer);
  if (!z.every(Number.isFinite)) throw new Error("a vector that is not finite");
  return { z, words: String(code[2] ?? "a picture").slice(0, 200), seed: null };
}

/** A seed and its spread in a few words, as a formula where it is moved. */
function spreadWords({ mean, std, trunc }: Spread): string {
  const parts = [];
  if (std !== 1) parts.push(` x ${std}`);
  if (mean !== 0) parts.push(mean > 0 ? ` + ${mean}` : ` - ${-mean}`);
  if (trunc !== null) parts.push(`, cut at ${trunc}`);
  return parts.join("");
}
