// One slot of the board, and what lies in it.
import { Face } from "../../parts/Face";
import { removeAt } from "../../parts/focus";
import { Place } from "../../parts/Place";
import { setSlot } from "../../state/board";
import type { Picture } from "../../state/picture";
import { labelWord } from "../../state/scope";
import { keep } from "../../state/shelf";
import { solved } from "../../state/solved";
import { world } from "../../state/space";
import { shelf } from "../../state/state";

export function Slot({ words, index }: { words: readonly string[]; index: number }) {
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
