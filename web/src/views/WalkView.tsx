// Key frames on a strip, the walk through them, and the walk as a file.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { frameCount, frameOf, PathError } from "../latent/path";
import { gifOf, videoOf, videoType } from "../output/film";
import { download } from "../output/save";
import { Face } from "../parts/Face";
import { removeAt } from "../parts/focus";
import { Place } from "../parts/Place";
import { Slider } from "../parts/Slider";
import { type Picture, pictureOf, pictureOfSeed } from "../state/picture";
import { world } from "../state/space";
import { MOST_KEYS, say, shelf, type Walk, walk } from "../state/state";

const WANTED_WIDTH = 256; // pixels of a film: pictures are enlarged by a whole number up to it

export function WalkView() {
  const { keys, steps, fps, ease, loop } = walk.value;
  const set = (part: Partial<Walk>): void => void (walk.value = { ...walk.value, ...part });
  const add = (pictures: readonly Picture[]): void => {
    if (keys.length + pictures.length > MOST_KEYS)
      say(`The strip has room for ${MOST_KEYS} key frames: the last ones are left out.`);
    set({ keys: [...keys, ...pictures].slice(0, MOST_KEYS) });
  };
  const frames = useMemo(() => framesOf(walk.value), [keys, steps, ease, loop]);
  const at = useSignal(0);
  const playing = useSignal(false);
  const film = useSignal<string | null>(null);
  const count = "pictures" in frames ? frames.pictures.length : 0;
  const index = count === 0 ? 0 : at.value % count;
  useEffect(() => {
    if (!playing.value || count === 0) return undefined;
    const timer = setInterval(() => (at.value = (at.value + 1) % count), 1000 / fps);
    return () => clearInterval(timer);
  }, [playing.value, count, fps]);
  return (
    <div class="walk">
      <section class="panel" aria-labelledby="keys">
        <h2 id="keys">
          Key frames{" "}
          <small>
            {keys.length} of {MOST_KEYS}
          </small>
        </h2>
        <Place label="Add the picture in hand as a key frame" class="strip" onPut={(picture) => add([picture])}>
          {keys.map((picture, i) => (
            <Key key={i} picture={picture} index={i} />
          ))}
          {keys.length === 0 && <span class="hint">at least two</span>}
        </Place>
        <div class="actions">
          <button
            type="button"
            onClick={() =>
              add(
                Array.from({ length: 4 }, () => pictureOfSeed(world().space, String(Math.floor(Math.random() * 1e6)))),
              )
            }
          >
            Four at random
          </button>
          <button
            type="button"
            disabled={shelf.value.length === 0}
            onClick={() => add(shelf.value.map((one) => one.picture))}
          >
            The shelf
          </button>
          <button type="button" disabled={keys.length === 0} onClick={() => set({ keys: [] })}>
            Clear
          </button>
        </div>
      </section>
      <section class="panel stage" aria-label="The walk">
        <div class="large">
          {count > 0 && "pictures" in frames ? (
            <Face picture={frames.pictures[index]!} label={`Frame ${index + 1} of ${count}`} />
          ) : (
            <div class="empty">{"error" in frames ? frames.error : "Two key frames make a walk."}</div>
          )}
        </div>
        <div class="row">
          <button
            type="button"
            class="main"
            disabled={count === 0}
            aria-pressed={playing.value}
            onClick={() => (playing.value = !playing.value)}
          >
            {playing.value ? "Pause" : "Play"}
          </button>
          <Slider
            name="Frame"
            value={index}
            min={0}
            max={Math.max(0, count - 1)}
            step={1}
            disabled={count === 0}
            format={(value) => (count === 0 ? "-" : `${value + 1} / ${count}`)}
            onInput={(value) => (at.value = value)}
          />
        </div>
        <Slider
          name="Steps between"
          value={steps}
          min={1}
          max={60}
          step={1}
          format={String}
          onInput={(value) => set({ steps: value })}
        />
        <Slider
          name="Frames a second"
          value={fps}
          min={5}
          max={30}
          step={1}
          format={String}
          onInput={(value) => set({ fps: value })}
        />
        <div class="row">
          <label>
            <input
              type="checkbox"
              checked={ease === "smooth"}
              onChange={(event) => set({ ease: event.currentTarget.checked ? "smooth" : "none" })}
            />{" "}
            Ease in and out
          </label>
          <label>
            <input type="checkbox" checked={loop} onChange={(event) => set({ loop: event.currentTarget.checked })} />{" "}
            Loop
          </label>
        </div>
        <div class="actions">
          <button
            type="button"
            disabled={count === 0 || film.value !== null}
            onClick={() => void save(frames, "gif", fps, film)}
          >
            Save GIF
          </button>
          <button
            type="button"
            disabled={count === 0 || film.value !== null || videoType() === null}
            onClick={() => void save(frames, "video", fps, film)}
          >
            Save video
          </button>
          <span role="status">{film.value ?? ""}</span>
        </div>
        <p class="note">
          {world().space.prior === "normal"
            ? "Along the sphere, since z is normal: the straight way would leave what G was trained on."
            : "Straight, since z is uniform: an arc could leave the cube."}
        </p>
      </section>
    </div>
  );
}

function Key({ picture, index }: { picture: Picture; index: number }) {
  const { keys } = walk.value;
  const move = (to: number): void => {
    const others = keys.filter((_, i) => i !== index);
    walk.value = { ...walk.value, keys: [...others.slice(0, to), picture, ...others.slice(to)] };
  };
  return (
    <span class="inside">
      <Face picture={picture} label={`Key frame ${index + 1}: ${picture.words}`} />
      <button
        type="button"
        class="remove"
        aria-label={`Remove key frame ${index + 1}`}
        onClick={(event) =>
          removeAt(
            event.currentTarget,
            () => (walk.value = { ...walk.value, keys: keys.filter((_, i) => i !== index) }),
          )
        }
      >
        ×
      </button>
      <span class="caption">
        <button
          type="button"
          class="small"
          aria-label={`Key frame ${index + 1} earlier`}
          disabled={index === 0}
          onClick={() => move(index - 1)}
        >
          ‹
        </button>
        {index + 1}
        <button
          type="button"
          class="small"
          aria-label={`Key frame ${index + 1} later`}
          disabled={index === keys.length - 1}
          onClick={() => move(index + 1)}
        >
          ›
        </button>
      </span>
    </span>
  );
}

type Frames = { pictures: readonly Picture[] } | { error: string } | { nothing: true };

function framesOf({ keys, steps, ease, loop }: Walk): Frames {
  if (keys.length < 2) return { nothing: true };
  const z = keys.map((picture) => picture.z);
  const { prior } = world().space;
  try {
    const count = frameCount(keys.length, steps, loop);
    return {
      pictures: Array.from({ length: count }, (_, i) => pictureOf(frameOf(prior, z, steps, ease, i), `frame ${i}`)),
    };
  } catch (error) {
    if (error instanceof PathError) return { error: `Two key frames have no way between them: ${error.message}.` };
    throw error;
  }
}

async function save(frames: Frames, kind: "gif" | "video", fps: number, film: { value: string | null }): Promise<void> {
  if (!("pictures" in frames)) return;
  const percent = (share: number): void => void (film.value = `${Math.round(share * 100)}%`);
  percent(0);
  try {
    const pixels = await world().painter.pictures(frames.pictures.map((picture) => picture.z));
    const scale = Math.max(1, Math.floor(WANTED_WIDTH / world().model.model.width));
    const type = videoType();
    const blob =
      kind === "gif" || type === null
        ? await gifOf(pixels, fps, scale, walk.value.loop, percent)
        : await videoOf(pixels, fps, scale, type, percent);
    download(`walk.${blob.type === "image/gif" ? "gif" : blob.type === "video/mp4" ? "mp4" : "webm"}`, blob);
    say(`The walk is saved: ${frames.pictures.length} frames, ${Math.ceil(blob.size / 1024)} kB.`);
  } catch (error) {
    say(`The walk could not be saved: ${String(error)}`);
  } finally {
    film.value = null;
  }
}
