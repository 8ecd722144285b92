// The distribution of z, and the one way in which a seed becomes a z: `dcgan.models.prior`, here.
import { address, Stream } from "./random";

export type Prior = "normal" | "uniform";

/** How a seed's numbers are moved: redrawn beyond +-trunc, times std, plus mean. */
export interface Spread {
  readonly mean: number;
  readonly std: number;
  /** null: none is drawn again. */
  readonly trunc: number | null;
}

export const PLAIN: Spread = { mean: 0, std: 1, trunc: null };
const MOST_REDRAWS = 100_000; // far beyond what a truncation of 0.001 needs
const MOST_KEPT = 4096;
const kept = new Map<string, Float32Array>();

/** The z of a seed (an integer of any size, in decimal), float32 (zDim). */
export function fromSeed(prior: Prior, seed: string, zDim: number, spread: Spread = PLAIN): Float32Array {
  const std = Math.fround(spread.std);
  const mean = Math.fround(spread.mean);
  return drawn(prior, seed, zDim, spread.trunc).map((value) => Math.fround(value * std) + mean);
}

/** The standard deviation of every number of z. */
export function deviation(prior: Prior): number {
  return prior === "normal" ? 1 : 3 ** -0.5;
}

function drawn(prior: Prior, seed: string, zDim: number, trunc: number | null): Float32Array {
  const name = `${prior}/${zDim}/${trunc}/${seed}`;
  let z = kept.get(name);
  if (z === undefined) {
    z = draw(prior, seed, zDim, trunc);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(name, z);
  }
  return z;
}

function draw(prior: Prior, seed: string, zDim: number, trunc: number | null): Float32Array {
  const stream = new Stream(address(seed, "sample"));
  const next = (count: number): Float32Array => (prior === "normal" ? stream.normals(count) : stream.uniforms(count));
  const z = next(zDim);
  if (trunc === null) return z;
  const limit = Math.fround(Math.max(trunc, 0.001));
  for (let round = 0; round < MOST_REDRAWS; round++) {
    const beyond = [...z.keys()].filter((i) => Math.abs(z[i]!) > limit);
    if (beyond.length === 0) break;
    const again = next(beyond.length);
    beyond.forEach((at, i) => (z[at] = again[i]!));
  }
  return z;
}
