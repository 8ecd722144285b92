// The same cases as the Python tests: one grammar, one meaning, the same errors.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { evaluated, type Scope, type Vector, WordError } from "../src/latent/expression/evaluate";
import { parseSeeds } from "../src/latent/seeds";
import type { Prior } from "../src/latent/prior";

interface Case {
  text: string;
  prior: Prior;
  value?: number[] | number[][];
  error?: string;
}
interface Cases {
  names: Record<string, number | number[]>;
  sources: { seed: Record<string, number[]>; direction: Record<string, number[]>; label: Record<string, number[][]> };
  cases: Case[];
}

const shared = JSON.parse(
  readFileSync(new URL("../../tests/latent/expression_cases.json", import.meta.url), "utf8"),
) as Cases;
const vector = (values: number[]): Vector => Float64Array.from(values);

function scope(prior: Prior): Scope {
  const names = Object.entries(shared.names).map(([name, v]) => [name, typeof v === "number" ? v : vector(v)] as const);
  const known = <T>(table: Record<string, T>, text: string): T => {
    if (!Object.hasOwn(table, text)) throw new WordError(`there is nothing called ${text}`);
    return table[text]!;
  };
  return {
    prior,
    unknown: "bind it, --let NAME=seed:12",
    names: new Map(names),
    sources: new Map<string, (text: string) => Vector[]>([
      ["seed", (text) => parseSeeds(text, "seed:").map((seed) => vector(known(shared.sources.seed, seed)))],
      ["direction", (text) => [vector(known(shared.sources.direction, text))]],
      ["label", (text) => known(shared.sources.label, text).map(vector)],
    ]),
  };
}

test("there are cases", () => expect(shared.cases.length).toBeGreaterThan(80));

test.each(shared.cases.map((one, i) => [i, one.text.slice(0, 60), one] as const))("case %i: %s", (_, __, one) => {
  const compute = (): Vector | readonly Vector[] => evaluated(one.text, scope(one.prior));
  if (one.error !== undefined) {
    expect(compute).toThrow(new Error(one.error));
    return;
  }
  const value = compute();
  const rows = Array.isArray(value) ? value : [value];
  const wanted = (Array.isArray(one.value![0]) ? one.value : [one.value]) as number[][];
  expect(rows.length).toBe(wanted.length);
  wanted.forEach((row, i) => row.forEach((x, j) => expect(rows[i]![j]).toBeCloseTo(x, 9)));
});
