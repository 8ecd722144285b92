// A wall of samples by seed. Mean, spread and truncation of z redraw it while they are dragged.
import { useSignal } from "@preact/signals";
import { Actions, openDials } from "../parts/Actions";
import { Face } from "../parts/Face";
import { Slider } from "../parts/Slider";
import { Tile } from "../parts/Tile";
import { type Picture, pictureOfSeed } from "../state/picture";
import { keep } from "../state/shelf";
import { world } from "../state/space";
import { type Wall, WALL, wall } from "../state/state";

const MOST = 384;

export function picturesOf(shown: Wall): Picture[] {
  const { space, model } = world();
  const seeds = shown.good ? model.seeds.map(String) : Array.from({ length: shown.count }, (_, i) => String(shown.first + i));
  return seeds.map((seed) => pictureOfSeed(space, seed, { mean: shown.mean, std: shown.std, trunc: shown.trunc }));
}

export function Gallery() {
  const { model, space } = world();
  const shown = wall.value;
  const pictures = picturesOf(shown);
  const picked = useSignal(0);
  const picture = pictures[Math.min(picked.value, pictures.length - 1)]!;
  const set = (part: Partial<Wall>): void => void (wall.value = { ...wall.value, ...part });
  const most = space.prior === "normal" ? 3 : 1;
  return (
    <div class="gallery">
      <form class="controls panel" onSubmit={(event) => event.preventDefault()}>
        <p class="law">
          z ~ <b>{law(shown)}</b>
        </p>
        <Slider name="Mean" value={shown.mean} min={-2} max={2} step={0.05} onInput={(mean) => set({ mean })} />
        <Slider name="Spread" value={shown.std} min={0} max={2} step={0.05} onInput={(std) => set({ std })} />
        <Slider
          name="Truncation"
          value={shown.trunc ?? most}
          min={0.05}
          max={most}
          step={0.05}
          format={(value) => (value >= most ? "off" : value.toFixed(2))}
          onInput={(value) => set({ trunc: value >= most ? null : value })}
        />
        <div class="row">
          <label>
            From seed{" "}
            <input
              type="number"
              min={0}
              max={2 ** 50}
              value={shown.first}
              disabled={shown.good}
              onChange={(event) => set({ first: Math.min(2 ** 50, Math.max(0, Math.floor(event.currentTarget.valueAsNumber || 0))) })}
            />
          </label>
          <button type="button" onClick={() => set({ first: Math.floor(Math.random() * 1e6), good: false })}>
            Others
          </button>
          <button type="button" aria-pressed={shown.good} title={model.seeds_how} onClick={() => set({ good: !shown.good })}>
            Good ones
          </button>
          <button type="button" onClick={() => (wall.value = WALL)}>
            Reset
          </button>
        </div>
        <p class="note">{spreadNote(shown)}</p>
      </form>
      <aside class="panel chosen" aria-label="The picture picked">
        <Face picture={picture} label={`Picked: ${picture.words}`} />
        <div>
          <p>{picture.words}</p>
          <Actions picture={picture} />
        </div>
      </aside>
      <section class="wall" aria-label="Samples by seed" onKeyDown={(event) => onKey(event, picture)}>
        {pictures.map((one, i) => (
          <Tile key={i} picture={one} pressed={one === picture} onChoose={() => (picked.value = i)} onOpen={() => openDials(one)} />
        ))}
        {!shown.good && shown.count < MOST && (
          <button type="button" class="more" onClick={() => set({ count: Math.min(MOST, shown.count + 48) })}>
            48 more
          </button>
        )}
      </section>
    </div>
  );
}

function onKey(event: KeyboardEvent, picture: Picture): void {
  if (event.key === "k") void keep(picture);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined || !(event.target instanceof HTMLElement)) return;
  const next = step > 0 ? event.target.nextElementSibling : event.target.previousElementSibling;
  if (next instanceof HTMLElement) next.focus();
  event.preventDefault();
}

function law({ mean, std }: Wall): string {
  if (world().space.prior === "normal") return `N(${mean.toFixed(2)}, ${std.toFixed(2)})`;
  return `U(${(mean - std).toFixed(2)}, ${(mean + std).toFixed(2)})`;
}

function spreadNote({ mean, std, trunc }: Wall): string {
  if (mean === 0 && std === 1 && trunc === null) return "As in training: every seed is a fresh draw, and the same picture everywhere.";
  if (Math.abs(mean) > 0.5) return "Far from the mean that G was trained with: expect strange pictures.";
  if (std < 0.5 || (trunc !== null && trunc < 0.7)) return "Less spread: safer pictures, more alike.";
  if (std > 1.3) return "More spread than in training: bolder, and worse.";
  return "Moved from what G was trained with.";
}
