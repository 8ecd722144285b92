// Key frames on a strip, the walk through them, and the walk as a file.
import { useMemo } from "preact/hooks";
import { walk } from "../../state/state";
import { framesOf } from "../../state/walk";
import { Stage } from "./Stage";
import { Strip } from "./Strip";

export function WalkView() {
  const { keys, steps, ease, loop } = walk.value;
  const frames = useMemo(() => framesOf(walk.value), [keys, steps, ease, loop]);
  return (
    <div class="walk">
      <Strip />
      <Stage frames={frames} />
    </div>
  );
}
