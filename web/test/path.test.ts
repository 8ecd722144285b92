// Ways between vectors.
import { expect, test } from "vitest";
import { eased, frameCount, frameOf, length, lerp, PathError, slerp } from "../src/latent/path";

const a = [3, 0, 0];
const b = [0, 0, 5];

test("an arc has steadily changing lengths and ends where it should", () => {
  expect([...slerp(a, b, 0)]).toEqual(a);
  expect([...slerp(a, b, 1)]).toEqual(b);
  expect(length(slerp(a, b, 0.5))).toBeCloseTo(4, 12);
  expect(slerp(a, b, 0.5)[0]).toBeCloseTo(slerp(a, b, 0.5)[2]!, 12);
  expect(() => slerp(a, [-1, 0, 0], 0.5)).toThrow(PathError);
  expect(() => slerp(a, [0, 0, 0], 0.5)).toThrow("no arc to the vector of zeros");
});

test("a loop comes back and does not repeat its first frame", () => {
  expect(frameCount(3, 4, true)).toBe(12);
  expect(frameCount(3, 4, false)).toBe(9);
  const keys = [a, b, [1, 1, 1]];
  expect([...frameOf("uniform", keys, 4, "none", 4)]).toEqual(b);
  expect([...frameOf("uniform", keys, 4, "none", 10)]).toEqual([...lerp([1, 1, 1], a, 0.5)]);
  expect([...frameOf("uniform", keys, 4, "none", 8)]).toEqual([1, 1, 1]);
});

test("easing begins and ends slowly", () => {
  expect([0, 0.5, 1].map((t) => eased(t, "smooth"))).toEqual([0, 0.5, 1]);
  expect(eased(0.1, "smooth")).toBeLessThan(0.03);
});
