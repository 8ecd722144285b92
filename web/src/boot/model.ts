// model.json: what the page knows of a generator besides its weights, checked when it is read.
import type { Prior } from "../latent/prior";
import { bytesOf, FileError } from "./files";

export interface Model {
  readonly title: string;
  readonly run: string | null;
  readonly dcgan: string;
  readonly licence: string;
  readonly model: {
    readonly recipe: string;
    readonly data: string;
    readonly kimg: number;
    readonly weights: "averaged" | "raw";
    readonly digest: string;
    readonly z_dim: number;
    readonly prior: Prior;
    readonly height: number;
    readonly width: number;
    readonly channels: number;
    readonly parameters: number;
  };
  readonly onnx: { readonly file: string; readonly bytes: number; readonly half: boolean; readonly difference: number };
  readonly seeds: readonly number[];
  readonly seeds_how: string;
  readonly names: readonly { readonly name: string; readonly vector: readonly number[]; readonly count: number; readonly how: string }[];
  readonly directions: readonly Direction[];
  readonly rank: { readonly scores: readonly number[]; readonly order: readonly number[]; readonly reach: number };
  readonly averages: { readonly file: string; readonly tile: Size; readonly means: readonly number[]; readonly std: number; readonly count: number };
  readonly curves: null | {
    readonly kimg: readonly number[];
    readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
    readonly opinions_are_probabilities: boolean;
  };
  readonly metrics: readonly Metric[];
  readonly health: null | { readonly ok: boolean; readonly looks: number; readonly now: readonly string[]; readonly gone: readonly string[] };
  readonly time: null | {
    readonly tile: Size;
    readonly columns: number;
    readonly rows: number;
    readonly count: number;
    readonly averaged: boolean;
    readonly frames: readonly { readonly kimg: number; readonly file: string }[];
  };
  readonly reals: null | { readonly file: string; readonly tile: Size; readonly columns: number; readonly count: number; readonly name: string };
}

export type Size = readonly [number, number];

export interface Direction {
  readonly name: string;
  readonly vector: readonly number[];
  readonly found: string;
  readonly kimg: number;
  readonly stale: boolean;
  readonly effect: Readonly<Record<string, unknown>> | null;
}

export interface Metric {
  readonly name: string;
  readonly kimg: readonly number[];
  readonly value: readonly (number | null)[];
  readonly floor: number | null;
  readonly better: "lower" | "higher";
}

/** Read model.json. Throws a FileError where it is missing, damaged, or of another version. */
export async function loadModel(): Promise<Model> {
  const text = new TextDecoder().decode(await bytesOf("model.json"));
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch {
    throw new FileError("model.json is damaged: export the page again");
  }
  const wrong = fault(plain);
  if (wrong !== null) throw new FileError(`model.json ${wrong}: export the page again`);
  return plain as Model;
}

/** What is wrong with the plain values of model.json, or null. Only what a wrong picture or an error would follow from. */
export function fault(plain: unknown): string | null {
  if (!isObject(plain) || plain["format"] !== "dcgan-page") return "is not one that dcgan wrote";
  if (plain["version"] !== 1) return `is of version ${String(plain["version"])}, and this page reads 1`;
  const m = plain as unknown as Model;
  try {
    const d = m.model.z_dim;
    if (![d, m.model.height, m.model.width].every((n) => Number.isInteger(n) && n > 0)) return "has no size of pictures and of z";
    if (!["normal", "uniform"].includes(m.model.prior)) return "names a prior that this page does not know";
    if (![1, 3, 4].includes(m.model.channels)) return "names a number of channels that this page cannot show";
    if (m.rank.order.length !== d || m.rank.scores.length !== d) return "ranks another number of dimensions than z has";
    for (const one of [...m.directions, ...m.names]) {
      if (one.vector.length !== d || !one.vector.every(Number.isFinite)) return `has a damaged vector, ${one.name}`;
    }
    return typeof m.onnx.file === "string" && m.averages.means.length > 0 ? null : "lacks a part";
  } catch {
    return "lacks a part";
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
