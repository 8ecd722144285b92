// The slots, the signs between them, and the result.
import { Actions, openDials } from "../../parts/Actions";
import { Tile } from "../../parts/Tile";
import { addSlot, change, dropSlot, setOperator } from "../../state/board";
import { takeUp } from "../../state/shelf";
import type { Solved } from "../../state/solved";
import { board, EMPTY_BOARD, hand, MOST_SLOTS, type Operator, OPERATORS } from "../../state/state";
import { Slot } from "./Slot";

const SIGNS: Readonly<Record<Operator, string>> = { "+": "+", "-": "−", "*": "×", "|-|": "|−|", mean: "mean" };
const WORDS: Readonly<Record<Operator, string>> = {
  "+": "plus",
  "-": "minus",
  "*": "times",
  "|-|": "absolute difference",
  mean: "mean",
};

export function Board({ text, result }: { text: string; result: Solved }) {
  const { slots, typed } = board.value;
  return (
    <section class="panel board" aria-label="Board">
      <div class={typed === null ? "slots" : "slots aside"}>
        {slots.map((slot, i) => (
          <>
            {i > 0 && <Sign key={`sign${i}`} index={i - 1} />}
            <Slot key={`slot${i}`} words={slot} index={i} />
          </>
        ))}
        <div class="equals" aria-hidden="true">
          =
        </div>
        <div class="result large">
          {"picture" in result ? (
            <Tile
              picture={result.picture}
              label={`Result: ${text}`}
              pressed={hand.value === result.picture}
              onChoose={() => takeUp(result.picture)}
              onOpen={() => openDials(result.picture)}
            />
          ) : (
            <div class="empty">?</div>
          )}
        </div>
      </div>
      {typed !== null && (
        <p class="note">
          The result is that of the expression below, not of the slots.{" "}
          <button type="button" class="small" onClick={() => change({ typed: null })}>
            Back to the slots
          </button>
        </p>
      )}
      <Changes />
      {"picture" in result && <Actions picture={result.picture} />}
    </section>
  );
}

function Sign({ index }: { index: number }) {
  const chosen = board.value.operators[index];
  return (
    <select
      aria-label={`Sign before slot ${index + 2}`}
      value={chosen}
      onChange={(event) => setOperator(index, event.currentTarget.value as Operator)}
    >
      {OPERATORS.map((one) => (
        <option key={one} value={one} selected={chosen === one} aria-label={WORDS[one]}>
          {SIGNS[one]}
        </option>
      ))}
    </select>
  );
}

function Changes() {
  const { slots, typed, normed } = board.value;
  return (
    <div class="actions">
      <button type="button" disabled={slots.length >= MOST_SLOTS} onClick={addSlot}>
        One more slot
      </button>
      <button type="button" disabled={slots.length <= 2} onClick={dropSlot}>
        One slot less
      </button>
      <button
        type="button"
        disabled={typed !== null}
        aria-pressed={normed}
        title="norm(): the result in its direction, at the length that z usually has"
        onClick={() => change({ normed: !normed })}
      >
        Usual length
      </button>
      <button type="button" onClick={() => (board.value = EMPTY_BOARD)}>
        Clear
      </button>
    </div>
  );
}
