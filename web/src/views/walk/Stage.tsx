// The walk as it is shown: played, scrubbed, set.
import { useSignal } from "@preact/signals";
import { Face } from "../../parts/Face";
import { Player } from "../../parts/Player";
import { Slider } from "../../parts/Slider";
import type { Picture } from "../../state/picture";
import { world } from "../../state/space";
import { walk } from "../../state/state";
import { change, type Frames } from "../../state/walk";
import { Film } from "./Film";

export function Stage({ frames }: { frames: Frames }) {
  const { steps, fps, ease, loop } = walk.value;
  const pictures = "pictures" in frames ? frames.pictures : [];
  const whole = { min: 1, step: 1, format: String };
  return (
    <section class="panel stage" aria-label="The walk">
      <Screen pictures={pictures} why={"error" in frames ? frames.error : "Two key frames make a walk."} />
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
      <Film pictures={pictures} />
      <p class="note">
        {world().space.prior === "normal"
          ? "Along the sphere, since z is normal: the straight way would leave what G was trained on."
          : "Straight, since z is uniform: an arc could leave the cube."}
      </p>
    </section>
  );
}

/** As large without pictures as with them, so that nothing moves. */
function Screen({ pictures, why }: { pictures: readonly Picture[]; why: string }) {
  const at = useSignal(0);
  const count = pictures.length;
  const index = count === 0 ? 0 : at.value % count;
  const picture = pictures[index];
  return (
    <>
      <div class="large">
        {picture === undefined ? (
          <div class="empty">{why}</div>
        ) : (
          <Face picture={picture} label={`Frame ${index + 1} of ${count}`} />
        )}
      </div>
      <Player
        name="Frame"
        index={index}
        count={count}
        rate={walk.value.fps}
        format={(value) => (count === 0 ? "-" : `${value + 1} / ${count}`)}
        onMove={(value) => (at.value = value)}
      />
    </>
  );
}
