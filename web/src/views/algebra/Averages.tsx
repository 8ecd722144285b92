// The averages of labels, where labels are known: ready to be put into a slot.
import { Face } from "../../parts/Face";
import { fill } from "../../state/board";
import { labelWord } from "../../state/scope";
import { solved } from "../../state/solved";
import { world } from "../../state/space";

export function Averages() {
  const { names } = world().model;
  if (names.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="averages">
      <h2 id="averages">
        Averages of labels <small>of the seeds that were read so most surely</small>
      </h2>
      <ul class="strip">
        {names.map(({ name, how }) => {
          const result = solved(labelWord(name));
          return (
            "picture" in result && (
              <li key={name}>
                <button
                  type="button"
                  class="tile"
                  title={how}
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
