// Ways between vectors, as `dcgan.latent.path`: straight for a uniform prior, along the sphere for a normal one.
import type { Prior } from "./prior";

export type Ease = "none" | "smooth";
export type Vector = Float64Array;
const PARALLEL = 1e-6;

/** What cannot be computed, with a sentence. */
export class PathError extends Error {}

export function length(v: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! ** 2;
  return Math.sqrt(sum);
}

/** (1 - t) a + t b. */
export function lerp(a: ArrayLike<number>, b: ArrayLike<number>, t: number): Vector {
  return Float64Array.from({ length: a.length }, (_, i) => (1 - t) * a[i]! + t * b[i]!);
}

/** A point of the arc from a to b (Shoemake 1985); the length changes steadily from one's to the other's. */
export function slerp(a: ArrayLike<number>, b: ArrayLike<number>, t: number): Vector {
  const [la, lb] = [length(a), length(b)];
  if (Math.min(la, lb) === 0) throw new PathError("there is no arc to the vector of zeros: take lerp");
  const u = Float64Array.from(a as number[], (x) => x / la);
  const v = Float64Array.from(b as number[], (x) => x / lb);
  const angle = 2 * Math.atan2(length(u.map((x, i) => x - v[i]!)), length(u.map((x, i) => x + v[i]!)));
  if (Math.sin(angle) < PARALLEL) {
    if (angle > 1)
      throw new PathError("the two vectors point in opposite directions, so there is no one arc: take lerp");
    return lerp(a, b, t);
  }
  if (t === 0) return Float64Array.from(a as number[]);
  if (t === 1) return Float64Array.from(b as number[]);
  const [p, q] = [Math.sin((1 - t) * angle), Math.sin(t * angle)];
  const far = ((1 - t) * la + t * lb) / Math.sin(angle);
  return u.map((x, i) => (p * x + q * v[i]!) * far);
}

/** A point of the way that suits the prior. */
export function between(prior: Prior, a: ArrayLike<number>, b: ArrayLike<number>, t: number): Vector {
  return prior === "normal" ? slerp(a, b, t) : lerp(a, b, t);
}

/** The root mean square length of z. */
export function typicalLength(prior: Prior, zDim: number): number {
  return Math.sqrt(prior === "normal" ? zDim : zDim / 3);
}

export function eased(t: number, ease: Ease): number {
  return ease === "none" ? t : t * t * (3 - 2 * t);
}

/** How many frames `walk` has. */
export function frameCount(keys: number, steps: number, loop: boolean): number {
  return loop ? steps * keys : steps * (keys - 1) + 1;
}

/** Frame `index` of a walk through key frames; in a loop the way goes back to the first, which is not repeated. */
export function frameOf(
  prior: Prior,
  keys: readonly ArrayLike<number>[],
  steps: number,
  ease: Ease,
  index: number,
): Float32Array {
  const from = Math.floor(index / steps);
  const a = keys[from]!;
  const part = index % steps;
  if (part === 0) return Float32Array.from(a as number[]);
  const b = keys[(from + 1) % keys.length]!;
  return Float32Array.from(between(prior, a, b, eased(part / steps, ease)));
}
