// One picture and all its dials: named directions first, then every number of z, the one that changes most first.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Actions } from "../parts/Actions";
import { Face } from "../parts/Face";
import { Place } from "../parts/Place";
import { Slider } from "../parts/Slider";
import type { Direction } from "../boot/model";
import { EMPTY_DIALS, randomised, round, valueOf, withAlong, withLock, withSet } from "../state/dials";
import { canRedo, canUndo, redo, turn, undo } from "../state/history";
import { pictureOfSeed } from "../state/picture";
import { reach, world } from "../state/space";
import { chosen, dials, theBase } from "../state/state";

const FIRST = 16;

export function DialsView() {
  const { model, space } = world();
  const all = useSignal(false);
  const picture = chosen.value;
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const shown = model.rank.order.slice(0, all.value ? undefined : FIRST);
  const plain = { ...EMPTY_DIALS, locked: dials.value.locked };
  const other = (): void => turn("", plain, pictureOfSeed(space, String(Math.floor(Math.random() * 1e6))));
  return (
    <div class="dials">
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
          <button type="button" onClick={other}>
            Another
          </button>
          <button
            type="button"
            title="Fresh numbers for every dimension that is not locked"
            onClick={() => turn("", randomised(dials.value, model.rank.order))}
          >
            Randomise
          </button>
        </div>
        <Actions picture={picture} inDials />
      </aside>
      <div class="columns">
        <section class="panel" aria-labelledby="named">
          <h2 id="named">Directions</h2>
          {model.directions.length === 0 && (
            <p class="note">
              This page has no named directions. <code>dcgan latent directions</code> finds them from labels or
              examples, or without either; export again, and they are here.
            </p>
          )}
          {model.directions.map((direction) => (
            <Along key={direction.name} direction={direction} />
          ))}
        </section>
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
      </div>
    </div>
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
        {locked ? "●" : "○"}
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

function effectOf(direction: Direction): string {
  const effect = direction.effect as {
    label?: string | null;
    gained?: number | null;
    lost?: number | null;
    backwards?: boolean;
    others_stay?: number | null;
    amount?: number;
    pixels?: number;
  } | null;
  const old = direction.stale
    ? `Found on other weights, at ${direction.kimg} kimg: what it does here was not measured. `
    : "";
  if (effect === null) return `${old}${direction.found}`;
  const far = effect.amount ?? 3;
  if (!effect.label) return `${old}A pixel changes by ${(effect.pixels ?? 0).toFixed(0)} of 255 at ${far}.`;
  const percent = (share: number | null | undefined): string =>
    share === null || share === undefined ? "-" : `${Math.round(share * 100)}%`;
  const stay =
    effect.others_stay === null || effect.others_stay === undefined
      ? ""
      : `; other labels stay ${percent(effect.others_stay)}`;
  const label = direction.name === effect.label ? "" : `${effect.label}: `;
  const [gaining, losing] = effect.backwards ? ["-", "+"] : ["+", "-"];
  return `${old}${label}${percent(effect.gained)} gain it at ${gaining}${far}, ${percent(effect.lost)} lose it at ${losing}${far}${stay}.`;
}

function signed(value: number): string {
  return (value > 0 ? "+" : "") + value.toFixed(1);
}

function onKey(event: KeyboardEvent): void {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  if (event.shiftKey) redo();
  else undo();
}
