// One picture with its dials: numbers of z that were set, directions that it was moved along, numbers that are locked.
import { deviation } from "../latent/prior";
import { type Picture, pictureOf } from "./picture";
import { world } from "./space";

export interface Dials {
  /** By dimension. */
  readonly set: Readonly<Record<number, number>>;
  /** By name, in standard deviations. */
  readonly along: Readonly<Record<string, number>>;
  /** Dimensions that are not changed at random. */
  readonly locked: readonly number[];
}

export const EMPTY_DIALS: Dials = { set: {}, along: {}, locked: [] };

/** The base with its dials turned; the base itself where none is. */
export function dialled(base: Picture, dials: Dials): Picture {
  const { model, space } = world();
  const set = Object.entries(dials.set);
  const along = Object.entries(dials.along).filter(([, amount]) => amount !== 0);
  if (set.length === 0 && along.length === 0) return base;
  const z = Float64Array.from(base.z);
  for (const [dim, value] of set) z[Number(dim)] = value;
  for (const [name, amount] of along) {
    const vector = model.directions.find((one) => one.name === name)?.vector;
    vector?.forEach((x, i) => (z[i]! += amount * deviation(space.prior) * x));
  }
  const words = along.map(([name, amount]) => `${amount > 0 ? "+" : "-"} ${Math.abs(amount)} ${name}`);
  if (set.length > 0) words.push(`${set.length} dial${set.length > 1 ? "s" : ""} turned`);
  return pictureOf(z, `${base.words}, ${words.join(", ")}`);
}

/** The number that a dial shows. */
export function valueOf(base: Picture, dials: Dials, dim: number): number {
  return dials.set[dim] ?? base.z[dim]!;
}

export function withSet(dials: Dials, values: Readonly<Record<number, number>>): Dials {
  return { ...dials, set: { ...dials.set, ...values } };
}

export function withAlong(dials: Dials, name: string, amount: number): Dials {
  return { ...dials, along: { ...dials.along, [name]: amount } };
}

export function withLock(dials: Dials, dim: number): Dials {
  const locked = dials.locked.includes(dim) ? dials.locked.filter((one) => one !== dim) : [...dials.locked, dim];
  return { ...dials, locked };
}

/** Fresh numbers of the prior for some dimensions, but for those that are locked. */
export function randomised(dials: Dials, dims: readonly number[]): Dials {
  const free = dims.filter((dim) => !dials.locked.includes(dim));
  return withSet(dials, Object.fromEntries(free.map((dim) => [dim, round(randomNumber())])));
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function randomNumber(): number {
  if (world().space.prior === "uniform") return Math.random() * 2 - 1;
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
