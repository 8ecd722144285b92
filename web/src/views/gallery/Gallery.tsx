// A wall of samples by seed. Mean, spread and truncation of z redraw it while they are dragged.
import { Actions, openDials } from "../../parts/Actions";
import { Grid } from "../../parts/Grid";
import { Slider } from "../../parts/Slider";
import { Tile } from "../../parts/Tile";
import type { Picture } from "../../state/picture";
import { keep, takeUp } from "../../state/shelf";
import { reach, world } from "../../state/space";
import { hand, MOST_SEED, MOST_TILES, WALL, wall } from "../../state/state";
import { change, law, outlook, picturesOf, startAt } from "../../state/wall";

const MORE = 48;

export function Gallery() {
  const pictures = picturesOf(wall.value);
  const picked = Math.min(wall.value.picked, pictures.length - 1);
  return (
    <div class="gallery">
      <Controls />
      <Picked picture={pictures[picked]!} />
      <div class="hung">
        <Grid class="wall" label="Samples by seed" onKey={(key, place) => key === "k" && void keep(pictures[place]!)}>
          {pictures.map((one, i) => (
            <Tile
              key={i}
              picture={one}
              pressed={i === picked}
              onChoose={() => change({ picked: i })}
              onOpen={() => openDials(one)}
            />
          ))}
        </Grid>
        {!wall.value.good && wall.value.count < MOST_TILES && (
          <button type="button" onClick={() => change({ count: Math.min(MOST_TILES, wall.value.count + MORE) })}>
            {MORE} more
          </button>
        )}
      </div>
    </div>
  );
}

function Controls() {
  const { mean, std, trunc, first, good } = wall.value;
  const most = reach();
  const cut = (value: number): string => (value >= most ? "off" : value.toFixed(2));
  return (
    <form class="controls panel" onSubmit={(event) => event.preventDefault()}>
      <p class="law">
        z ~ <b>{law(wall.value)}</b>
      </p>
      <Slider name="Mean" value={mean} min={-2} max={2} step={0.05} onInput={(value) => change({ mean: value })} />
      <Slider name="Spread" value={std} min={0} max={2} step={0.05} onInput={(value) => change({ std: value })} />
      <Slider
        name="Truncation"
        value={trunc ?? most}
        min={0.05}
        max={most}
        step={0.05}
        format={cut}
        onInput={(value) => change({ trunc: value >= most ? null : value })}
      />
      <div class="row">
        <label>
          From seed{" "}
          <input
            type="number"
            min={0}
            max={MOST_SEED}
            value={first}
            onChange={(event) => startAt(event.currentTarget.valueAsNumber)}
          />
        </label>
        <button type="button" onClick={() => startAt(Math.random() * 1e6)}>
          Others
        </button>
        <button
          type="button"
          aria-pressed={good}
          title={world().model.seeds_how}
          onClick={() => change({ good: !good })}
        >
          Typical ones
        </button>
        <button type="button" onClick={() => (wall.value = WALL)}>
          Reset
        </button>
      </div>
      <p class="note">{outlook(wall.value)}</p>
    </form>
  );
}

function Picked({ picture }: { picture: Picture }) {
  return (
    <aside class="panel chosen" aria-label="The picture picked">
      <Tile
        picture={picture}
        label={`Picked: ${picture.words}`}
        pressed={hand.value === picture}
        onChoose={() => takeUp(picture)}
        onOpen={() => openDials(picture)}
      />
      <div>
        <p>{picture.words}</p>
        <Actions picture={picture} />
      </div>
    </aside>
  );
}
