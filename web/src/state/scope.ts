// What the words of an expression mean on the page: letters of the shelf, seeds, the model's directions and labels.
import { evaluate, type Scope, type Vector, WordError } from "../latent/expression/evaluate";
import { deviation, fromSeed } from "../latent/prior";
import { ExpressionError } from "../latent/expression/tokens";
import { parseSeeds } from "../latent/seeds";
import { type Picture, pictureOf } from "./picture";
import { shelf } from "./state";
import { world } from "./space";

export function scope(): Scope {
  const { model, space } = world();
  return {
    prior: space.prior,
    unknown: "no picture on the shelf has that letter",
    names: new Map(shelf.value.map(({ letter, picture }) => [letter, Float64Array.from(picture.z)])),
    sources: new Map<string, (text: string) => readonly Vector[]>([
      [
        "seed",
        (text) => parseSeeds(text, "seed:").map((seed) => Float64Array.from(fromSeed(space.prior, seed, space.zDim))),
      ],
      [
        "file",
        () => {
          throw new WordError("files are for the command: load vectors under Share, and use their letters");
        },
      ],
      ["label", (text) => [Float64Array.from(found("label", model.names, text).vector)]],
      ["direction", (text) => [step(found("direction", model.directions, text).vector, deviation(space.prior))]],
    ]),
  };
}

/** The picture of an expression. Throws an ExpressionError. */
export function solve(text: string): Picture {
  const picture = pictureOf(evaluate(text, scope()), text);
  if (picture.z.every(Number.isFinite)) return picture;
  throw new ExpressionError("some numbers of the result are too large: nothing can be made of them", text, 0);
}

/** How a name is written in an expression. */
export function labelWord(name: string): string {
  if (/^[\w.&!-]+$/.test(name)) return `label:${name}`;
  return name.includes("'") ? `label:"${name}"` : `label:'${name}'`;
}

function step(vector: readonly number[], size: number): Vector {
  return Float64Array.from(vector, (x) => x * size);
}

function found<T extends { readonly name: string }>(kind: string, all: readonly T[], name: string): T {
  const one =
    all.find((entry) => entry.name === name) ?? all.find((entry) => entry.name.toLowerCase() === name.toLowerCase());
  if (one !== undefined) return one;
  const known = all.map((entry) => entry.name).join(", ");
  const other = kind === "label" && world().model.directions.some((entry) => entry.name === name);
  const hint = other ? `; there is direction:${name}` : "";
  throw new WordError((known ? `there is no ${kind} ${name}: there are ${known}` : `this page has no ${kind}s`) + hint);
}
