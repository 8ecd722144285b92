// The wall of samples: which pictures hang where.
import { type Picture, pictureOfSeed } from "./picture";
import { world } from "./space";
import { MOST_SEED, type Wall, wall } from "./state";

export function picturesOf(shown: Wall): Picture[] {
  const { space, model } = world();
  const seeds = shown.good
    ? model.seeds.map(String)
    : Array.from({ length: shown.count }, (_, i) => String(shown.first + i));
  return seeds.map((seed) => pictureOfSeed(space, seed, { mean: shown.mean, std: shown.std, trunc: shown.trunc }));
}

export function change(part: Partial<Wall>): void {
  wall.value = { ...wall.value, ...part };
}

export function startAt(seed: number): void {
  change({ first: Math.min(MOST_SEED, Math.max(0, Math.floor(seed || 0))), good: false });
}

/** The distribution of z, as a formula. */
export function law({ mean, std }: Wall): string {
  if (world().space.prior === "normal") return `N(${mean.toFixed(2)}, ${std.toFixed(2)})`;
  return `U(${(mean - std).toFixed(2)}, ${(mean + std).toFixed(2)})`;
}

/** What is to be expected of it, in a sentence. */
export function outlook({ mean, std, trunc, good }: Wall): string {
  if (good) return "Seeds chosen at export: typical ones that differ. A seed typed above, or Others, leaves them.";
  if (mean === 0 && std === 1 && trunc === null)
    return "As in training: every seed is a fresh draw, and the same picture everywhere.";
  if (Math.abs(mean) > 0.5) return "Far from the mean that G was trained with: expect strange pictures.";
  if (std < 0.3 || (trunc !== null && trunc < 0.3))
    return "So near the centre G was hardly trained: it may draw no picture.";
  if (std < 0.5 || (trunc !== null && trunc < 0.7)) return "Less spread: safer pictures, more alike.";
  if (std > 1.3) return "More spread than in training: bolder, and worse.";
  return "Moved from what G was trained with.";
}
