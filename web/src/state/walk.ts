// The walk: its key frames, and the pictures on the way.
import { frameCount, frameOf, PathError } from "../latent/path";
import { type Picture, pictureOf } from "./picture";
import { world } from "./space";
import { MOST_KEYS, say, type Walk, walk } from "./state";

export function change(part: Partial<Walk>): void {
  walk.value = { ...walk.value, ...part };
}

export function addKeys(pictures: readonly Picture[]): void {
  const keys = [...walk.value.keys, ...pictures];
  if (keys.length > MOST_KEYS) say(`The strip has room for ${MOST_KEYS} key frames: the last ones are left out.`);
  change({ keys: keys.slice(0, MOST_KEYS) });
}

export function removeKey(index: number): void {
  change({ keys: walk.value.keys.filter((_, i) => i !== index) });
}

export function moveKey(from: number, to: number): void {
  const others = walk.value.keys.filter((_, i) => i !== from);
  change({ keys: [...others.slice(0, to), walk.value.keys[from]!, ...others.slice(to)] });
}

/** The pictures of a walk, or why there are none. */
export type Frames = { pictures: readonly Picture[] } | { error: string } | { nothing: true };

export function framesOf({ keys, steps, ease, loop }: Walk): Frames {
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
