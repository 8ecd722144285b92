// The walk as it is shown: played, scrubbed, set.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Face } from "../../parts/Face";
import { Slider } from "../../parts/Slider";
import type { Picture } from "../../state/picture";
import { world } from "../../state/space";
import { walk } from "../../state/state";
import { change, type Frames } from "../../state/walk";
import { Film } from "./Film";

export function Stage({ frames }: { frames: Frames }) {
  const { steps, fps, ease, loop } = walk.value;
  const whole = { min: 1, step: 1, format: String };
  return (
    <section class="panel stage" aria-label="The walk">
      {"pictures" in frames ? (
        <Screen pictures={frames.pictures} />
      ) : (
        <NoScreen why={"error" in frames ? frames.error : "Two key frames make a walk."} />
      )}
      <Slider name="Steps between" value={steps} {...whole} max={60} onInput={(value) => change({ steps: value })} />
      <Slider
        name="Frames a second"
        value={fps}
        {...whole}
        min={5}
        max={30}
        onInput={(value) => change({ fps: value })}
      />
      <div class="row">
        <label>
          <input
            type="checkbox"
            checked={ease === "smooth"}
            onChange={(event) => change({ ease: event.currentTarget.checked ? "smooth" : "none" })}
          />{" "}
          Ease in and out
        </label>
        <label>
          <input type="checkbox" checked={loop} onChange={(event) => change({ loop: event.currentTarget.checked })} />{" "}
          Loop
        </label>
      </div>
      <Film pictures={"pictures" in frames ? frames.pictures : []} />
      <p class="note">
        {world().space.prior === "normal"
          ? "Along the sphere, since z is normal: the straight way would leave what G was trained on."
          : "Straight, since z is uniform: an arc could leave the cube."}
      </p>
    </section>
  );
}

function Screen({ pictures }: { pictures: readonly Picture[] }) {
  const at = useSignal(0);
  const playing = useSignal(false);
  const count = pictures.length;
  const index = at.value % count;
  const { fps } = walk.value;
  useEffect(() => {
    if (!playing.value) return undefined;
    const timer = setInterval(() => (at.value = (at.value + 1) % count), 1000 / fps);
    return () => clearInterval(timer);
  }, [playing.value, count, fps]);
  return (
    <>
      <div class="large">
        <Face picture={pictures[index]!} label={`Frame ${index + 1} of ${count}`} />
      </div>
      <div class="row">
        <button
          type="button"
          class="main"
          aria-pressed={playing.value}
          onClick={() => (playing.value = !playing.value)}
        >
          {playing.value ? "Pause" : "Play"}
        </button>
        <Slider
          name="Frame"
          value={index}
          min={0}
          max={count - 1}
          step={1}
          format={(value) => `${value + 1} / ${count}`}
          onInput={(value) => (at.value = value)}
        />
      </div>
    </>
  );
}

/** As large as a screen, so that nothing moves when there is one. */
function NoScreen({ why }: { why: string }) {
  return (
    <>
      <div class="large">
        <div class="empty">{why}</div>
      </div>
      <div class="row">
        <button type="button" class="main" disabled>
          Play
        </button>
        <Slider name="Frame" value={0} min={0} max={1} step={1} disabled format={() => "-"} onInput={() => undefined} />
      </div>
    </>
  );
}
