// A canvas with the picture of a z: painted when it is ready, and again when z changes.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Picture } from "../state/picture";
import { world } from "../state/space";

/** `label` "" where what is around it says already what it is. */
export function Face({ picture, label = picture.words }: { picture: Picture; label?: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { model, painter } = world();
  useLayoutEffect(() => painter.paint(ref.current!, picture.z), [picture.z]);
  useLayoutEffect(() => {
    const canvas = ref.current!;
    return () => painter.forget(canvas);
  }, []);
  const { width, height } = model.model;
  return <canvas ref={ref} class="face" width={width} height={height} {...named(label)} />;
}

/** The attributes by which a screen reader knows a picture, or passes it over. */
export function named(label: string) {
  return label === "" ? ({ "aria-hidden": true } as const) : ({ role: "img", "aria-label": label } as const);
}
