// The board's slots and signs as an expression, read from left to right.
import { type Board, type Operator } from "./state";

/** The expression of a board; "" where a slot is empty. */
export function expressionOf(board: Board): string {
  if (board.slots.some((slot) => slot.length === 0)) return "";
  let left = { text: wordOf(board.slots[0]!), kind: "atom" as "atom" | "product" | "sum" };
  for (let i = 1; i < board.slots.length; i++) {
    left = joined(left, board.operators[i - 1] ?? "+", wordOf(board.slots[i]!), meanBefore(board.operators, i - 1));
  }
  return board.normed ? `norm(${left.text})` : left.text;
}

type Part = { text: string; kind: "atom" | "product" | "sum" };

function joined(left: Part, operator: Operator, right: string, inMean: boolean): Part {
  if (operator === "mean") {
    return { text: inMean ? `${left.text.slice(0, -1)}, ${right})` : `mean(${left.text}, ${right})`, kind: "atom" };
  }
  if (operator === "|-|") return { text: `abs(${left.text} - ${right})`, kind: "atom" };
  if (operator === "*") return { text: `${left.kind === "sum" ? `(${left.text})` : left.text} * ${right}`, kind: "product" };
  return { text: `${left.text} ${operator} ${right}`, kind: "sum" };
}

/** Whether what is on the left of an operator is a mean that goes on, so that the mean of three is of all three. */
function meanBefore(operators: readonly Operator[], index: number): boolean {
  return index > 0 && operators[index] === "mean" && operators[index - 1] === "mean";
}

function wordOf(slot: readonly string[]): string {
  return slot.length === 1 ? slot[0]! : `mean(${slot.join(", ")})`;
}
