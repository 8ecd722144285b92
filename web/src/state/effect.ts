// What a direction does, in words.
import type { Direction } from "../boot/model";

export function effectOf(direction: Direction): string {
  const effect = direction.effect as {
    label?: string | null;
    gained?: number | null;
    lost?: number | null;
    backwards?: boolean;
    others_stay?: number | null;
    amount?: number;
    pixels?: number;
  } | null;
  const old = direction.stale
    ? `Found on other weights, at ${direction.kimg} kimg: what it does here was not measured. `
    : "";
  if (effect === null) return `${old}${direction.found}`;
  const far = effect.amount ?? 3;
  if (!effect.label) return `${old}A pixel changes by ${(effect.pixels ?? 0).toFixed(0)} of 255 at ${far}.`;
  const percent = (share: number | null | undefined): string =>
    share === null || share === undefined ? "-" : `${Math.round(share * 100)}%`;
  const stay =
    effect.others_stay === null || effect.others_stay === undefined
      ? ""
      : `; other labels stay ${percent(effect.others_stay)}`;
  const label = direction.name === effect.label ? "" : `${effect.label}: `;
  const [gaining, losing] = effect.backwards ? ["-", "+"] : ["+", "-"];
  return `${old}${label}${percent(effect.gained)} gain it at ${gaining}${far}, ${percent(effect.lost)} lose it at ${losing}${far}${stay}.`;
}
