// What model.json is refused for.
import { expect, test } from "vitest";
import { fault } from "../src/boot/model";
import { toPixels } from "../src/engine/pixels";

const good = {
  format: "dcgan-page",
  version: 1,
  title: "t",
  run: null,
  dcgan: "0",
  licence: "l",
  model: {
    recipe: "r",
    data: "d",
    kimg: 1,
    weights: "raw",
    digest: "x",
    z_dim: 2,
    height: 8,
    width: 8,
    prior: "normal",
    channels: 3,
    parameters: 9,
  },
  onnx: { file: "model.onnx", sha256: "0", half: false, difference: 0 },
  seeds: [1],
  seeds_how: "",
  names: [{ name: "x", vector: [1, 2], how: "" }],
  directions: [{ name: "d", vector: [0, 1], found: "", kimg: 1, stale: false, effect: null }],
  rank: { order: [1, 0], scores: [1, 2], reach: 1 },
  averages: { file: "a", tile: [8, 8], means: [0], std: 1, count: 4 },
  curves: { kimg: [0, 1], columns: { loss_D: [1, null] }, opinions_are_probabilities: true },
  metrics: [{ name: "frechet", kimg: [1], value: [null], floor: null, better: "lower" }],
  health: { ok: true, looks: 1, now: [], gone: [] },
  time: { tile: [8, 8], columns: 1, rows: 1, count: 1, averaged: true, frames: [{ kimg: 0, file: "f" }] },
  reals: null,
};

test("a good one passes", () => expect(fault(good)).toBeNull());

test.each([
  [null, "is not one that dcgan wrote"],
  [{ ...good, version: 2 }, "is of version 2"],
  [{ ...good, model: { ...good.model, prior: "cauchy" } }, "damaged: model"],
  [{ ...good, model: { ...good.model, channels: 2 } }, "damaged: model"],
  [{ ...good, directions: [{ ...good.directions[0], vector: [0] }] }, "damaged vector, d"],
  [{ ...good, names: [{ ...good.names[0], vector: [0, null] }] }, "damaged: names"],
  [{ ...good, rank: { ...good.rank, order: [0] } }, "ranks another number"],
  [{ ...good, rank: { ...good.rank, order: [0, 5] } }, "ranks another number"],
  [{ ...good, seeds: [] }, "damaged: seeds"],
  [{ ...good, health: { ok: true } }, "damaged: health"],
])("%#: what is wrong is said", (plain, wanted) => {
  expect(fault(plain)).toContain(wanted);
});

test.each(Object.keys(good).slice(2))("%s may not be missing", (name) => {
  const { [name]: _, ...rest } = good as Record<string, unknown>;
  expect(fault(rest)).toContain(name);
});

test("pixels are rounded and held at the ends", () => {
  const gray = toPixels(Float32Array.from([-1, 1, 0, 2]), [1, 1, 2, 2]);
  expect([...gray.filter((_, i) => i % 4 === 0)]).toEqual([0, 255, 128, 255]);
  const colour = toPixels(Float32Array.from([1, -1, 0, 0.5]), [1, 4, 1, 1]);
  expect([...colour]).toEqual([255, 0, 128, 191]);
});
