// What an expression is worth: a vector, or several, component by component.
import { lerp, length, PathError, slerp, typicalLength } from "../path";
import type { Prior } from "../prior";
import { type Node, parse } from "./parse";
import { ExpressionError, type Token } from "./tokens";

export type Vector = Float64Array;
/** A number, a vector, or several. */
export type Value = number | Vector | readonly Vector[];

/** What cannot be had, with a sentence; the expression and a pointer are added to it. */
export class WordError extends Error {}

/** What the words of an expression mean. */
export interface Scope {
  readonly prior: Prior;
  readonly names: ReadonlyMap<string, number | Vector>;
  /** What is said of a name that has no meaning, after the name. */
  readonly unknown: string;
  /** By kind, such as "seed": from the text after the colon to vectors. Throws a WordError. */
  readonly sources: ReadonlyMap<string, (text: string) => readonly Vector[]>;
}

/** What an expression is: one vector. Throws an ExpressionError where it cannot be read, or is none. */
export function evaluate(text: string, scope: Scope): Vector {
  const value = evaluated(text, scope);
  if (isSeveral(value)) throw new ExpressionError("these are several vectors: take mean(...) of them", text, 0);
  return value;
}

/** What an expression is: a vector, or several where it is a source alone. */
export function evaluated(text: string, scope: Scope): Vector | readonly Vector[] {
  const tree = parse(text);
  const value = valueOf(tree, text, scope);
  if (typeof value === "number") {
    throw new ExpressionError("the result is a number, and a picture needs a vector", text, tree.token.at);
  }
  const all = isSeveral(value) ? value : [value];
  if (!all.every((vector) => vector.every(Number.isFinite))) {
    throw new ExpressionError("the result is not finite", text, tree.token.at);
  }
  return value;
}

function valueOf(node: Node, text: string, scope: Scope): Value {
  const { token, parts } = node;
  if (token.kind === "number") return Number(token.text);
  if (token.kind === "name") {
    const found = scope.names.get(token.text);
    if (found !== undefined) return found;
    throw new ExpressionError(
      `${token.text} has no meaning: ${scope.unknown.replaceAll("NAME", token.text)}`,
      text,
      token.at,
    );
  }
  if (token.kind === "source") return sourceOf(token, text, scope);
  const values = parts.map((part) => valueOf(part, text, scope));
  if (token.kind === "call" && token.text === "mean") return meanOf(values, token, text);
  parts.forEach((part, i) => {
    if (isSeveral(values[i]!)) {
      throw new ExpressionError("these are several vectors: take mean(...) of them", text, part.token.at);
    }
  });
  try {
    return operate(token, values as (number | Vector)[], scope.prior);
  } catch (error) {
    throw pointed(error, text, token.at);
  }
}

function sourceOf(token: Token, text: string, scope: Scope): Value {
  const colon = token.text.indexOf(":");
  const kind = token.text.slice(0, colon);
  const source = scope.sources.get(kind);
  if (source === undefined) {
    const known = [...scope.sources.keys()].map((name) => `${name}:`).join(", ");
    throw new ExpressionError(`there is no source ${kind}: (there are ${known})`, text, token.at);
  }
  try {
    const found = source(token.text.slice(colon + 1).replace(/^['"]+|['"]+$/g, ""));
    return found.length === 1 ? found[0]! : found;
  } catch (error) {
    throw pointed(error, text, token.at);
  }
}

function meanOf(values: readonly Value[], token: Token, text: string): number | Vector {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length === values.length) return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  if (numbers.length > 0) throw new ExpressionError("mean() is of vectors or of numbers, not of both", text, token.at);
  const all = values.flatMap((value) => (isSeveral(value) ? [...value] : [value as Vector]));
  return all[0]!.map((_, i) => all.reduce((sum, vector) => sum + vector[i]!, 0) / all.length);
}

function operate(token: Token, values: readonly (number | Vector)[], prior: Prior): number | Vector {
  const [left, right] = values as [number | Vector, number | Vector];
  if (values.length === 2) return each(left, right, BINARY[token.text]!);
  if (token.text === "-") return each(left, 0, (a) => -a);
  if (token.text === "abs") return each(left, 0, (a) => Math.abs(a));
  if (token.text === "norm") return normed(prior, vector(left, "norm()"));
  const [a, b] = [vector(left, `${token.text}()`), vector(right, `${token.text}()`)];
  if (typeof values[2] !== "number") throw new WordError(`the third argument of ${token.text}() is a number`);
  return (token.text === "lerp" ? lerp : slerp)(a, b, values[2]);
}

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
};

function each(left: number | Vector, right: number | Vector, f: (a: number, b: number) => number): number | Vector {
  if (typeof left === "number" && typeof right === "number") return f(left, right);
  if (typeof left === "number") return (right as Vector).map((b) => f(left, b));
  return left.map((a, i) => f(a, typeof right === "number" ? right : right[i]!));
}

function normed(prior: Prior, v: Vector): Vector {
  const size = length(v);
  if (!Number.isFinite(size)) throw new WordError("norm() of a vector so long is not finite");
  if (size === 0) throw new WordError("norm() of the vector of zeros has no direction");
  const factor = typicalLength(prior, v.length) / size;
  return v.map((x) => x * factor);
}

function vector(value: number | Vector, where: string): Vector {
  if (typeof value === "number") throw new WordError(`${where} needs vectors, not numbers`);
  return value;
}

function isSeveral(value: Value): value is readonly Vector[] {
  return Array.isArray(value);
}

function pointed(error: unknown, text: string, at: number): unknown {
  return error instanceof WordError || error instanceof PathError
    ? new ExpressionError(error.message, text, at)
    : error;
}
