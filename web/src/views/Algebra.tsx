// Pictures in slots, signs between them, and the result at once; and the same as a line of text.
import { Actions, openDials } from "../parts/Actions";
import { Face } from "../parts/Face";
import { removeAt } from "../parts/focus";
import { Place } from "../parts/Place";
import { Tile } from "../parts/Tile";
import { addSlot, change, dropSlot, expressionOf, fill, setOperator, setSlot } from "../state/board";
import { type Picture, pictureOf } from "../state/picture";
import { labelWord, solve } from "../state/scope";
import { keep, takeUp } from "../state/shelf";
import { world } from "../state/space";
import { board, EMPTY_BOARD, hand, MOST_SLOTS, type Operator, OPERATORS, shelf } from "../state/state";

const SIGNS: Readonly<Record<Operator, string>> = { "+": "+", "-": "−", "*": "×", "|-|": "|−|", mean: "mean" };
const WORDS: Readonly<Record<Operator, string>> = {
  "+": "plus",
  "-": "minus",
  "*": "times",
  "|-|": "absolute difference",
  mean: "mean",
};

export function Algebra() {
  const { slots, operators, typed } = board.value;
  const text = typed ?? expressionOf(board.value);
  const result = solved(text);
  return (
    <div class="algebra">
      <section class="panel board" aria-label="Board">
        <div class="slots">
          {slots.map((slot, i) => (
            <>
              {i > 0 && (
                <select
                  key={`sign${i}`}
                  aria-label={`Sign before slot ${i + 1}`}
                  value={operators[i - 1]}
                  onChange={(event) => setOperator(i - 1, event.currentTarget.value as Operator)}
                >
                  {OPERATORS.map((one) => (
                    <option key={one} value={one} selected={operators[i - 1] === one} aria-label={WORDS[one]}>
                      {SIGNS[one]}
                    </option>
                  ))}
                </select>
              )}
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
            aria-pressed={board.value.normed}
            title="norm(): the result in its direction, at the length that z usually has"
            onClick={() => change({ normed: !board.value.normed })}
          >
            Usual length
          </button>
          <button type="button" onClick={() => (board.value = EMPTY_BOARD)}>
            Clear
          </button>
        </div>
        {"picture" in result && <Actions picture={result.picture} />}
      </section>
      <section class="panel line">
        <label for="expression">
          As an expression, with the grammar of <code>dcgan latent algebra</code>
        </label>
        <input
          id="expression"
          type="text"
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          placeholder="mean(A, B) - C + 2 * direction:smile"
          value={text}
          aria-invalid={"error" in result}
          aria-describedby="said"
          onInput={(event) => change({ typed: event.currentTarget.value })}
        />
        <pre id="said">
          {"error" in result
            ? result.error
            : "picture" in result
              ? lengthWords(result.picture)
              : "Put a picture into every slot, or write: seed:3 + seed:8"}
        </pre>
        {typed !== null && (
          <button type="button" onClick={() => change({ typed: null })}>
            Back to the slots
          </button>
        )}
        <p class="note">
          Letters are pictures of the shelf. Also: <code>seed:12</code>, <code>mean(seed:3,8,41)</code>,{" "}
          <code>abs()</code>, <code>norm()</code>, <code>lerp(A, B, 0.5)</code>, <code>slerp()</code>
          {world().model.directions.length > 0 && (
            <>
              , <code>direction:{world().model.directions[0]!.name}</code>
            </>
          )}
          {world().model.names.length > 0 && (
            <>
              , <code>{labelWord(world().model.names[0]!.name)}</code>
            </>
          )}
          .
        </p>
      </section>
      <Ready />
    </div>
  );
}

function Slot({ words, index }: { words: readonly string[]; index: number }) {
  const put = (picture: Picture): void => {
    const letter = keep(picture);
    if (letter !== null) setSlot(index, [...words, letter]);
  };
  return (
    <Place label={`Put the picture in hand into slot ${index + 1}`} class="slot" onPut={put}>
      <div class="stack">
        {words.map((word, i) => (
          <Inside
            key={word + i}
            word={word}
            onRemove={() =>
              setSlot(
                index,
                words.filter((_, j) => j !== i),
              )
            }
          />
        ))}
        {words.length === 0 && <div class="empty">slot {index + 1}</div>}
      </div>
      <select
        aria-label={`Choose for slot ${index + 1}`}
        value=""
        onChange={(event) => choose(event.currentTarget, index, words)}
      >
        <option value="">choose…</option>
        {shelf.value.map(({ letter, picture }) => (
          <option key={letter} value={letter}>
            {letter}: {picture.words}
          </option>
        ))}
        {world().model.names.map(({ name }) => (
          <option key={name} value={labelWord(name)}>
            average of {name}
          </option>
        ))}
        {world()
          .model.seeds.slice(0, 8)
          .map((seed) => (
            <option key={seed} value={`seed:${seed}`}>
              seed {seed}
            </option>
          ))}
      </select>
    </Place>
  );
}

function choose(select: HTMLSelectElement, index: number, words: readonly string[]): void {
  if (select.value !== "") setSlot(index, [...words, select.value]);
  select.value = "";
}

function Inside({ word, onRemove }: { word: string; onRemove: () => void }) {
  const result = solved(word);
  return (
    <span class="inside">
      {"picture" in result ? <Face picture={result.picture} label={word} /> : <span class="empty">?</span>}
      <button
        type="button"
        class="remove"
        aria-label={`Take ${word} out of the slot`}
        onClick={(event) => removeAt(event.currentTarget, onRemove)}
      >
        ×
      </button>
      <span class="caption">{word}</span>
    </span>
  );
}

function Ready() {
  const { names } = world().model;
  if (names.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="averages">
      <h2 id="averages">
        Averages of labels <small>{names[0]!.how}</small>
      </h2>
      <ul class="strip">
        {names.map(({ name }) => {
          const result = solved(labelWord(name));
          return (
            "picture" in result && (
              <li key={name}>
                <button
                  type="button"
                  class="tile"
                  aria-label={`Put the average of ${name} into the first free slot`}
                  onClick={() => fill(labelWord(name))}
                >
                  <Face picture={result.picture} label="" />
                  <span class="caption">{name}</span>
                </button>
              </li>
            )
          );
        })}
      </ul>
    </section>
  );
}

// The picture of an expression; of the same text and vectors the same object, so that it is not made again.
const faces = new Map<string, Picture>();
function solved(text: string): { picture: Picture } | { error: string } | { nothing: true } {
  if (text.trim() === "") return { nothing: true };
  try {
    const made = solve(text);
    const before = faces.get(text);
    if (before !== undefined && before.z.every((x, i) => x === made.z[i])) return { picture: before };
    const picture = pictureOf(made.z, text);
    if (faces.size > 500) faces.clear();
    faces.set(text, picture);
    return { picture };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function lengthWords(picture: Picture): string {
  const { space } = world();
  const long = Math.hypot(...picture.z);
  const usual = Math.sqrt(space.prior === "normal" ? space.zDim : space.zDim / 3);
  const far = long / usual;
  const hint =
    far > 1.3
      ? ": far out, where G was hardly trained; try Usual length"
      : far < 0.6
        ? ": near the centre, so near the average picture"
        : "";
  return `length ${long.toFixed(1)}, usually ${usual.toFixed(1)}${hint}`;
}
