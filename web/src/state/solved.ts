// Expressions as pictures. Of the same text and vectors it is the same picture, so that it is not made again.
import { typicalLength } from "../latent/path";
import { type Picture, pictureOf } from "./picture";
import { solve } from "./scope";
import { world } from "./space";

export type Solved = { picture: Picture } | { error: string } | { nothing: true };

const MOST = 500;
const known = new Map<string, Picture>();

export function solved(text: string): Solved {
  if (text.trim() === "") return { nothing: true };
  try {
    const made = solve(text);
    const before = known.get(text);
    if (before !== undefined && before.z.every((x, i) => x === made.z[i])) return { picture: before };
    const picture = pictureOf(made.z, text);
    if (known.size > MOST) known.clear();
    known.set(text, picture);
    return { picture };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** How long the vector is, beside how long they usually are, and what that means. */
export function lengthWords(picture: Picture): string {
  const { space } = world();
  const long = Math.hypot(...picture.z);
  const usual = typicalLength(space.prior, space.zDim);
  const far = long / usual;
  const hint =
    far > 1.3
      ? ": far out, where G was hardly trained; norm( ) around it brings it back"
      : far < 0.6
        ? ": near the centre, where G was hardly trained; norm( ) around it brings it out"
        : "";
  return `length ${long.toFixed(1)}, usually ${usual.toFixed(1)}${hint}`;
}
