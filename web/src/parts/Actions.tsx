// What can be done with any picture.
import { fileName, offer } from "../output/offer";
import { pngOf } from "../output/save";
import { turn } from "../state/history";
import { EMPTY_DIALS } from "../state/dials";
import { keep, takeUp } from "../state/shelf";
import { dials, hand, tab } from "../state/state";
import type { Picture } from "../state/picture";

export function Actions({ picture, inDials = false }: { picture: Picture; inDials?: boolean }) {
  return (
    <div class="actions">
      {!inDials && (
        <button type="button" class="main" onClick={() => openDials(picture)}>
          Turn its dials
        </button>
      )}
      <button type="button" onClick={() => void keep(picture)}>
        Keep
      </button>
      <button
        type="button"
        aria-pressed={hand.value === picture}
        title="Carry it to a + : a slot, a strip, the shelf"
        onClick={() => takeUp(picture)}
      >
        Take up
      </button>
      <button type="button" onClick={() => void offer(`${fileName(picture.words)}.png`, () => pngOf(picture))}>
        PNG
      </button>
    </div>
  );
}

export function openDials(picture: Picture): void {
  turn("", { ...EMPTY_DIALS, locked: dials.value.locked }, picture);
  tab.value = "dials";
}
