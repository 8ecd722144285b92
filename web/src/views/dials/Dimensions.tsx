// Every number of z, the one that changes most first.
import { useSignal } from "@preact/signals";
import { Slider } from "../../parts/Slider";
import { randomised, round, valueOf, withLock, withSet } from "../../state/dials";
import { turn } from "../../state/history";
import { reach, world } from "../../state/space";
import { dials, theBase } from "../../state/state";

const FIRST = 16;

export function Dimensions() {
  const { model, space } = world();
  const all = useSignal(false);
  const shown = model.rank.order.slice(0, all.value ? undefined : FIRST);
  return (
    <section class="panel" aria-labelledby="numbers">
      <h2 id="numbers">
        Dimensions of z <small>by how much they change</small>
      </h2>
      {Object.values(dials.value.along).some((amount) => amount !== 0) && (
        <p class="note">Directions come on top of these.</p>
      )}
      {shown.map((dim) => (
        <Dimension key={dim} dim={dim} />
      ))}
      <button type="button" onClick={() => (all.value = !all.value)}>
        {all.value ? `Only the first ${FIRST}` : `All ${space.zDim}`}
      </button>
    </section>
  );
}

function Dimension({ dim }: { dim: number }) {
  const { model } = world();
  const score = model.rank.scores[dim]!;
  const strongest = model.rank.scores[model.rank.order[0]!]!;
  const locked = dials.value.locked.includes(dim);
  const value = valueOf(theBase(), dials.value, dim);
  return (
    <Slider
      name={
        <>
          z{dim}
          <meter min={0} max={strongest} value={score} aria-label={`Effect of z${dim}`} />
        </>
      }
      label={`z${dim}`}
      title={`From ${-model.rank.reach} to ${model.rank.reach} a pixel changes by ${score.toFixed(1)} of 255 on the mean`}
      value={value}
      min={Math.min(-reach(), Math.floor(value))}
      max={Math.max(reach(), Math.ceil(value))}
      step={0.01}
      disabled={locked}
      onInput={(to) => turn(`z${dim}`, withSet(dials.value, { [dim]: round(to) }))}
    >
      <button
        type="button"
        class="small"
        aria-label={`Lock z${dim}`}
        aria-pressed={locked}
        title="Lock: not changed at random"
        onClick={() => turn("", withLock(dials.value, dim))}
      >
        <Lock closed={locked} />
      </button>
      <button
        type="button"
        class="small"
        aria-label={`Randomise z${dim}`}
        title="A fresh number"
        disabled={locked}
        onClick={() => turn("", randomised(dials.value, [dim]))}
      >
        ⚄
      </button>
    </Slider>
  );
}

function Lock({ closed }: { closed: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <rect x="3" y="7" width="10" height="7" rx="1.5" />
      <path d={closed ? "M5 7V5a3 3 0 0 1 6 0v2" : "M5 7V5a3 3 0 0 1 5.5-1.6"} />
    </svg>
  );
}
