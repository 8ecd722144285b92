// The picture that the dials make.
import { Actions } from "../../parts/Actions";
import { Face } from "../../parts/Face";
import { Place } from "../../parts/Place";
import { EMPTY_DIALS, randomised } from "../../state/dials";
import { canRedo, canUndo, redo, turn, undo } from "../../state/history";
import { world } from "../../state/space";
import { chosen, dials } from "../../state/state";
import { stranger } from "../../state/strangers";

export function Chosen() {
  const picture = chosen.value;
  const plain = { ...EMPTY_DIALS, locked: dials.value.locked };
  return (
    <aside class="panel chosen">
      <Place label="Turn the dials of the picture in hand" class="large" onPut={(put) => turn("", plain, put)}>
        <Face picture={picture} />
      </Place>
      <p class="words">{picture.words}</p>
      <div class="actions">
        <button type="button" disabled={!canUndo()} onClick={undo}>
          Undo
        </button>
        <button type="button" disabled={!canRedo()} onClick={redo}>
          Redo
        </button>
        <button type="button" onClick={() => turn("", plain)}>
          Reset
        </button>
        <button type="button" onClick={() => turn("", plain, stranger())}>
          Another
        </button>
        <button
          type="button"
          title="Fresh numbers for every dimension that is not locked"
          onClick={() => turn("", randomised(dials.value, world().model.rank.order))}
        >
          Randomise
        </button>
      </div>
      <Actions picture={picture} inDials />
    </aside>
  );
}
