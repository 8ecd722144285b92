// A canvas with the picture of a z: painted when it is ready, and again when z changes.
import { useEffect, useRef } from "preact/hooks";
import type { Picture } from "../state/picture";
import { world } from "../state/space";

export function Face({ picture, label }: { picture: Picture; label?: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { model, painter } = world();
  useEffect(() => {
    const canvas = ref.current!;
    painter.paint(canvas, picture.z);
    return () => painter.forget(canvas);
  }, [picture.z]);
  const { width, height } = model.model;
  return <canvas ref={ref} class="face" width={width} height={height} role="img" aria-label={label ?? picture.words} />;
}
