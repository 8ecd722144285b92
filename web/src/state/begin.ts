// What a visitor finds at first: something in every view that can be played with at once, made of the good seeds.
import { withFounders } from "./family";
import { type Picture, pictureOfSeed } from "./picture";
import { world } from "./space";
import { board, EMPTY_BOARD, EMPTY_FAMILY, EMPTY_WALK, family, walk } from "./state";

const FOUNDERS = 12;
const KEYS = 4;

export function begin(): void {
  const { model, space } = world();
  const good: Picture[] = model.seeds.map((seed) => pictureOfSeed(space, String(seed)));
  const [first = 0, second = 1] = model.seeds;
  board.value = { ...EMPTY_BOARD, slots: [[`seed:${first}`], [`seed:${second}`]], operators: ["mean"] };
  family.value = withFounders(EMPTY_FAMILY, good.slice(0, FOUNDERS), false);
  walk.value = { ...EMPTY_WALK, keys: good.slice(0, KEYS) };
}
