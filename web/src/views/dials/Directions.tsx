// Named directions, each with its measured effect.
import type { Direction } from "../../boot/model";
import { Slider } from "../../parts/Slider";
import { withAlong } from "../../state/dials";
import { effectOf } from "../../state/effect";
import { turn } from "../../state/history";
import { world } from "../../state/space";
import { dials } from "../../state/state";

export function Directions() {
  const { directions } = world().model;
  return (
    <section class="panel" aria-labelledby="named">
      <h2 id="named">Directions</h2>
      {directions.some(({ effect }) => effect?.["label"]) && (
        <p class="note">
          Of fresh samples without a label, the share that has it after so many standard deviations, and of those with
          it the share that loses it; then the share of all other labels that stay. NAME-alone leaves other labels be.
        </p>
      )}
      {directions.length === 0 && (
        <p class="note">
          This page has no named directions. <code>dcgan latent directions</code> finds them from labels or examples, or
          without either; export again, and they are here.
        </p>
      )}
      {directions.map((direction) => (
        <Along key={direction.name} direction={direction} />
      ))}
    </section>
  );
}

function Along({ direction }: { direction: Direction }) {
  const amount = dials.value.along[direction.name] ?? 0;
  const set = (value: number): void => turn(`along ${direction.name}`, withAlong(dials.value, direction.name, value));
  return (
    <div class="direction">
      <Slider
        name={direction.name}
        value={amount}
        min={-4}
        max={4}
        step={0.1}
        title={direction.found}
        format={signed}
        onInput={set}
      >
        <button
          type="button"
          class="small"
          aria-label={`Reset ${direction.name}`}
          disabled={amount === 0}
          onClick={() => set(0)}
        >
          ↺
        </button>
      </Slider>
      <p class="note">{effectOf(direction)}</p>
    </div>
  );
}

function signed(value: number): string {
  return (value > 0 ? "+" : "") + value.toFixed(1);
}
