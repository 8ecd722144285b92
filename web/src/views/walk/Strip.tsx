// The strip of key frames.
import { Face } from "../../parts/Face";
import { removeAt } from "../../parts/focus";
import { Place } from "../../parts/Place";
import type { Picture } from "../../state/picture";
import { MOST_KEYS, shelf, walk } from "../../state/state";
import { strangers } from "../../state/strangers";
import { addKeys, change, moveKey, removeKey } from "../../state/walk";

export function Strip() {
  const { keys } = walk.value;
  return (
    <section class="panel" aria-labelledby="keys">
      <h2 id="keys">
        Key frames{" "}
        <small>
          {keys.length} of {MOST_KEYS}
        </small>
      </h2>
      <Place label="Add the picture in hand as a key frame" class="strip" onPut={(picture) => addKeys([picture])}>
        {keys.map((picture, i) => (
          <Key key={i} picture={picture} index={i} />
        ))}
        {keys.length === 0 && <span class="hint">at least two</span>}
      </Place>
      <div class="actions">
        <button type="button" onClick={() => addKeys(strangers(4))}>
          Four at random
        </button>
        <button
          type="button"
          disabled={shelf.value.length === 0}
          onClick={() => addKeys(shelf.value.map((one) => one.picture))}
        >
          The shelf
        </button>
        <button type="button" disabled={keys.length === 0} onClick={() => change({ keys: [] })}>
          Clear
        </button>
      </div>
    </section>
  );
}

function Key({ picture, index }: { picture: Picture; index: number }) {
  const last = walk.value.keys.length - 1;
  return (
    <span class="inside">
      <Face picture={picture} label={`Key frame ${index + 1}: ${picture.words}`} />
      <button
        type="button"
        class="remove"
        aria-label={`Remove key frame ${index + 1}`}
        onClick={(event) => removeAt(event.currentTarget, () => removeKey(index))}
      >
        ×
      </button>
      <span class="caption">
        <button
          type="button"
          class="small"
          aria-label={`Key frame ${index + 1} earlier`}
          disabled={index === 0}
          onClick={() => moveKey(index, index - 1)}
        >
          ‹
        </button>
        {index + 1}
        <button
          type="button"
          class="small"
          aria-label={`Key frame ${index + 1} later`}
          disabled={index === last}
          onClick={() => moveKey(index, index + 1)}
        >
          ›
        </button>
      </span>
    </span>
  );
}
