// What is done with the shelf: pictures are kept under letters, taken up, put down, removed.
import type { Picture } from "./picture";
import { board, hand, type Kept, say, shelf } from "./state";

export const MOST_KEPT = 24;

/** Keep a picture; returns its letter. One that lies there already keeps its own. */
export function keep(picture: Picture): string | null {
  const there = shelf.value.find((one) => one.picture.z.every((x, i) => x === picture.z[i]));
  if (there !== undefined) {
    say(`${there.letter} on the shelf is that picture already.`);
    return there.letter;
  }
  if (shelf.value.length >= MOST_KEPT) {
    say(`The shelf is full: it holds ${MOST_KEPT} pictures. Remove one first.`);
    return null;
  }
  const letter = freeLetter(shelf.value);
  shelf.value = [...shelf.value, { letter, picture }];
  say(`Kept as ${letter}: ${picture.words}.`);
  return letter;
}

export function remove(letter: string): void {
  shelf.value = shelf.value.filter((one) => one.letter !== letter);
  const slots = board.value.slots.map((slot) => slot.filter((word) => word !== letter));
  board.value = { ...board.value, slots };
  say(`${letter} is off the shelf.`);
}

/** Take a picture up, or put it back where it is in hand already. */
export function takeUp(picture: Picture): void {
  hand.value = hand.value === picture ? null : picture;
  say(hand.value === null ? "Nothing is in hand." : `In hand: ${picture.words}. Choose a place for it.`);
}

/** The picture in hand, or a sentence where there is none. */
export function inHand(): Picture | null {
  if (hand.value === null) say("Take a picture up first: choose one on the shelf below.");
  return hand.value;
}

/** The first letter that neither lies there nor stands in the line that was typed, where it meant another picture. */
function freeLetter(kept: readonly Kept[]): string {
  const used = new Set([...kept.map((one) => one.letter), ...(board.value.typed?.match(/\b[A-Z]\b/g) ?? [])]);
  if (used.size >= 26) return freeOf(new Set(kept.map((one) => one.letter)));
  return freeOf(used);
}

function freeOf(used: ReadonlySet<string>): string {
  return [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].find((letter) => !used.has(letter))!;
}
