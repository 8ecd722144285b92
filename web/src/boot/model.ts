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
  readonly onnx: {
    readonly file: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly half: boolean;
    readonly difference: number;
  };
  readonly seeds: readonly number[];
  readonly seeds_how: string;
  readonly names: readonly {
    readonly name: string;
    readonly vector: readonly number[];
    readonly count: number;
    readonly how: string;
  }[];
  readonly directions: readonly Direction[];
  readonly rank: { readonly scores: readonly number[]; readonly order: readonly number[]; readonly reach: number };
  readonly averages: {
    readonly file: string;
    readonly tile: Size;
    readonly means: readonly number[];
    readonly std: number;
    readonly count: number;
  };
  readonly curves: null | {
    readonly kimg: readonly number[];
    readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
    readonly opinions_are_probabilities: boolean;
  };
  readonly metrics: readonly Metric[];
  readonly health: null | {
    readonly ok: boolean;
    readonly looks: number;
    readonly now: readonly string[];
    readonly gone: readonly string[];
  };
  readonly time: null | {
    readonly tile: Size;
    readonly columns: number;
    readonly rows: number;
    readonly count: number;
    readonly averaged: boolean;
    readonly frames: readonly { readonly kimg: number; readonly file: string }[];
  };
  readonly reals: null | {
    readonly file: string;
    readonly tile: Size;
    readonly columns: number;
    readonly count: number;
    readonly name: string;
  };
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

/** What is wrong with the plain values of model.json, or null. */
export function fault(plain: unknown): string | null {
  if (!isObject(plain) || plain["format"] !== "dcgan-page") return "is not one that dcgan wrote";
  if (plain["version"] !== 1) return `is of version ${String(plain["version"])}, and this page reads 1`;
  const lacking = Object.entries(PARTS).find(([name, isGood]) => !isGood(plain[name]));
  if (lacking !== undefined) return `lacks a part, or has it damaged: ${lacking[0]}`;
  const { model, rank, directions, names } = plain as unknown as Model;
  const order = [...rank.order].sort((a, b) => a - b);
  if (rank.scores.length !== model.z_dim || order.length !== model.z_dim || order.some((dim, i) => dim !== i)) {
    return "ranks another number of dimensions than z has";
  }
  const wrong = [...directions, ...names].find(({ vector }) => vector.length !== model.z_dim);
  return wrong === undefined ? null : `has a damaged vector, ${wrong.name}`;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isCount: Check = (value) => Number.isInteger(value) && (value as number) > 0;
const isFlag: Check = (value) => typeof value === "boolean";
const oneOf =
  (...known: readonly unknown[]): Check =>
  (value) =>
    known.includes(value);
const or =
  (a: Check, b: Check): Check =>
  (value) =>
    a(value) || b(value);
const all =
  (isGood: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(isGood);
const some =
  (isGood: Check): Check =>
  (value) =>
    all(isGood)(value) && (value as unknown[]).length > 0;
const has =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, isGood]) => isGood(value[name]));
const each =
  (isGood: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(isGood);
const isNull: Check = (value) => value === null;
const isSize: Check = (value) => some(isCount)(value) && (value as unknown[]).length === 2;
const isCurve = all(or(isNumber, isNull));

const PARTS: Readonly<Record<string, Check>> = {
  title: isText,
  run: or(isText, isNull),
  dcgan: isText,
  licence: isText,
  model: has({
    recipe: isText,
    data: isText,
    kimg: isNumber,
    weights: isText,
    digest: isText,
    z_dim: isCount,
    prior: oneOf("normal", "uniform"),
    height: isCount,
    width: isCount,
    channels: oneOf(1, 3, 4),
    parameters: isNumber,
  }),
  onnx: has({ file: isText, sha256: isText, half: isFlag, difference: isNumber }),
  seeds: some(Number.isInteger),
  seeds_how: isText,
  names: all(has({ name: isText, vector: all(isNumber), how: isText })),
  directions: all(
    has({
      name: isText,
      vector: all(isNumber),
      found: isText,
      kimg: isNumber,
      stale: isFlag,
      effect: or(isObject, isNull),
    }),
  ),
  rank: has({ scores: all(isNumber), order: all(Number.isInteger), reach: isNumber }),
  averages: has({ file: isText, tile: isSize, means: some(isNumber), std: isNumber, count: isCount }),
  curves: or(isNull, has({ kimg: all(isNumber), columns: each(isCurve), opinions_are_probabilities: isFlag })),
  metrics: all(
    has({
      name: isText,
      kimg: all(isNumber),
      value: isCurve,
      floor: or(isNumber, isNull),
      better: oneOf("lower", "higher"),
    }),
  ),
  health: or(isNull, has({ ok: isFlag, looks: Number.isInteger, now: all(isText), gone: all(isText) })),
  time: or(
    isNull,
    has({
      tile: isSize,
      columns: isCount,
      rows: isCount,
      count: isCount,
      frames: some(has({ kimg: isNumber, file: isText })),
    }),
  ),
  reals: or(isNull, has({ file: isText, tile: isSize, columns: isCount, count: isCount, name: isText })),
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
