// Pictures that nobody has seen yet.
import { type Picture, pictureOfSeed } from "./picture";
import { world } from "./space";

const SEEDS = 1_000_000;

export function stranger(): Picture {
  return pictureOfSeed(world().space, String(Math.floor(Math.random() * SEEDS)));
}

export function strangers(count: number): Picture[] {
  return Array.from({ length: count }, stranger);
}
