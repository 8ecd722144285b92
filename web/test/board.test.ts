// The board's signs as an expression, left to right.
import { expect, test } from "vitest";
import { expressionOf } from "../src/state/board";
import type { Operator } from "../src/state/state";

function board(slots: string[][], operators: Operator[], normed = false): string {
  return expressionOf({ slots, operators, normed, typed: null });
}

test.each([
  [[["A"], ["B"]], ["+"], "A + B"],
  [[["A"], ["B"], ["C"]], ["-", "+"], "A - B + C"],
  [[["A"], ["B"], ["C"]], ["+", "*"], "(A + B) * C"],
  [[["A"], ["B"], ["C"]], ["*", "+"], "A * B + C"],
  [[["A"], ["B"]], ["|-|"], "abs(A - B)"],
  [[["A"], ["B"], ["C"]], ["|-|", "*"], "abs(A - B) * C"],
  [[["A"], ["B"], ["C"]], ["-", "|-|"], "abs(A - B - C)"],
  [[["A"], ["B"], ["C"]], ["mean", "mean"], "mean(A, B, C)"],
  [[["A"], ["B"], ["C"]], ["mean", "+"], "mean(A, B) + C"],
  [[["A"], ["B"], ["C"]], ["+", "mean"], "mean(A + B, C)"],
  [[["A", "B"], ["seed:3"]], ["-"], "mean(A, B) - seed:3"],
  [[["A"], []], ["+"], ""],
] as [string[][], Operator[], string][])("%j %j", (slots, operators, wanted) => {
  expect(board(slots, operators)).toBe(wanted);
});

test("the usual length is around all of it", () => {
  expect(board([["A"], ["B"]], ["-"], true)).toBe("norm(A - B)");
});
