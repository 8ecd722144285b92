// The board's slots and signs as an expression, read from left to right.
import { type Board, board, type Operator, say } from "./state";

/** The expression of a board; "" where a slot is empty. */
export function expressionOf({ slots, operators, normed }: Board): string {
  if (slots.some((slot) => slot.length === 0)) return "";
  let left: Part = { text: wordOf(slots[0]!), kind: "atom" };
  for (let i = 1; i < slots.length; i++) {
    left = joined(left, operators[i - 1] ?? "+", wordOf(slots[i]!), meanBefore(operators, i - 1));
  }
  return normed ? `norm(${left.text})` : left.text;
}

type Part = { text: string; kind: "atom" | "product" | "sum" };

function joined(left: Part, operator: Operator, right: string, inMean: boolean): Part {
  if (operator === "mean") {
    return { text: inMean ? `${left.text.slice(0, -1)}, ${right})` : `mean(${left.text}, ${right})`, kind: "atom" };
  }
  if (operator === "|-|") return { text: `abs(${left.text} - ${right})`, kind: "atom" };
  if (operator === "*")
    return { text: `${left.kind === "sum" ? `(${left.text})` : left.text} * ${right}`, kind: "product" };
  return { text: `${left.text} ${operator} ${right}`, kind: "sum" };
}

/** Whether what is on the left of an operator is a mean that goes on, so that the mean of three is of all three. */
function meanBefore(operators: readonly Operator[], index: number): boolean {
  return index > 0 && operators[index] === "mean" && operators[index - 1] === "mean";
}

function wordOf(slot: readonly string[]): string {
  return slot.length === 1 ? slot[0]! : `mean(${slot.join(", ")})`;
}

// Changes ------------------------------------------------------------------------------------------------------------

export function change(part: Partial<Board>): void {
  board.value = { ...board.value, ...part };
}

export function setSlot(index: number, words: readonly string[]): void {
  change({ slots: board.value.slots.map((slot, i) => (i === index ? words : slot)), typed: null });
}

export function setOperator(index: number, operator: Operator): void {
  change({ operators: board.value.operators.map((one, i) => (i === index ? operator : one)), typed: null });
}

export function addSlot(): void {
  change({ slots: [...board.value.slots, []], operators: [...board.value.operators, "+"], typed: null });
}

export function dropSlot(): void {
  change({ slots: board.value.slots.slice(0, -1), operators: board.value.operators.slice(0, -1), typed: null });
}

/** Put a word into the first slot that is empty. */
export function fill(word: string): void {
  const free = board.value.slots.findIndex((slot) => slot.length === 0);
  if (free < 0) say("Every slot is taken: clear one, or take one more.");
  else setSlot(free, [word]);
}
