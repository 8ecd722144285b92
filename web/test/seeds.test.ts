// A seed is the same z as in Python.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fromSeed, type Prior } from "../src/latent/prior";
import { parseSeeds } from "../src/latent/seeds";

interface Case {
  prior: Prior;
  z_dim: number;
  seed: number;
  mean: number;
  std: number;
  trunc: number | null;
  z: number[];
}
const { cases } = JSON.parse(readFileSync(new URL("../../tests/models/seed_cases.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

test.each(cases)("$prior, $z_dim numbers, seed $seed, N($mean, $std), truncated at $trunc", (one) => {
  const z = fromSeed(one.prior, String(one.seed), one.z_dim, { mean: one.mean, std: one.std, trunc: one.trunc });
  expect(z.length).toBe(one.z.length);
  one.z.forEach((x, i) => expect(Math.abs(z[i]! - x)).toBeLessThan(2e-6 * Math.max(1, Math.abs(x))));
});

test("ranges of seeds include both ends, and keep large numbers whole", () => {
  expect(parseSeeds("0-3,9007199254740993", "seed:")).toEqual(["0", "1", "2", "3", "9007199254740993"]);
  expect(() => parseSeeds("5-3", "seed:")).toThrow("runs upwards");
  expect(() => parseSeeds("1,", "seed:")).toThrow("is numbers and ranges");
});
