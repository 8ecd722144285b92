// The shelf along the foot of the page: what was kept, under its letter.
import { keep, MOST_KEPT, remove, takeUp } from "../state/shelf";
import { removeAt } from "./focus";
import { hand, notice, shelf } from "../state/state";
import { Place } from "./Place";
import { Tile } from "./Tile";

export function Shelf() {
  return (
    <section class="shelf" aria-label="Shelf">
      <Place label="Keep the picture in hand" class="keep" onPut={(picture) => void keep(picture)}>
        <span class="hint" aria-hidden="true">
          {shelf.value.length === 0 ? "Shelf" : `Shelf: ${shelf.value.length} of ${MOST_KEPT}`}
        </span>
      </Place>
      <ul>
        {shelf.value.map(({ letter, picture }) => (
          <li key={letter}>
            <Tile
              picture={picture}
              label={`${letter}: ${picture.words}`}
              caption={letter}
              pressed={hand.value === picture}
              onChoose={() => takeUp(picture)}
            />
            <button
              type="button"
              class="remove"
              aria-label={`Take ${letter} off the shelf`}
              onClick={(event) => removeAt(event.currentTarget, () => remove(letter))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <p class="notice" role="status">
        {notice.value}
      </p>
    </section>
  );
}
