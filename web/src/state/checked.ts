// Plain values from an address, part by part, as the state that they are; anything else throws. Limits are those that the
// views keep, so that no address can make the page hang.
import { EMPTY_DIALS, type Dials } from "./dials";
import { MOST_MEMBERS } from "./family";
import { decodePicture, type Picture, type Space } from "./picture";
import { MOST_KEPT } from "./shelf";
import * as state from "./state";

export type Plain = Record<string, unknown>;

export function checkedTab(value: unknown): state.Tab {
  return state.TABS.find((name) => name === value) ?? "gallery";
}

export function checkedWall(value: unknown): state.Wall {
  const { first, count, good, mean, std, trunc, picked } = object(value);
  return {
    first: whole(first, 0, state.MOST_SEED),
    count: whole(count, 1, state.MOST_TILES),
    good: good === true,
    mean: number(mean, -10, 10),
    std: number(std, 0, 10),
    trunc: trunc === null ? null : number(trunc, 0.001, 10),
    picked: whole(picked, 0, state.MOST_TILES),
  };
}

export function checkedPicture(space: Space, value: unknown): Picture | null {
  return value === null ? null : decodePicture(space, value);
}

export function checkedDials(value: unknown, zDim: number): Dials {
  const plain = object(value);
  const set = Object.entries(object(plain["set"])).map(([dim, x]) => [
    whole(Number(dim), 0, zDim - 1),
    number(x, -1e6, 1e6),
  ]);
  const along = Object.entries(object(plain["along"])).map(([name, x]) => [name, number(x, -1e6, 1e6)]);
  return {
    ...EMPTY_DIALS,
    set: Object.fromEntries(set) as Dials["set"],
    along: Object.fromEntries(along) as Dials["along"],
    locked: list(plain["locked"], zDim).map((dim) => whole(dim, 0, zDim - 1)),
  };
}

export function checkedShelf(value: unknown, space: Space): state.Kept[] {
  const kept = list(value, MOST_KEPT).map((row) => {
    const [letter, code] = list(row, 2);
    if (typeof letter !== "string" || !/^[A-Z]$/.test(letter)) throw new Error("no letter");
    return { letter, picture: decodePicture(space, code) };
  });
  if (new Set(kept.map((one) => one.letter)).size !== kept.length) throw new Error("a letter twice");
  return kept;
}

export function checkedBoard(value: unknown): state.Board {
  const plain = object(value);
  const slots = list(plain["slots"], state.MOST_SLOTS).map((slot) => list(slot, 100).map(String));
  const operators = list(plain["operators"], state.MOST_SLOTS).map((one) => {
    const found = state.OPERATORS.find((known) => known === one);
    if (found === undefined) throw new Error("no sign");
    return found;
  });
  if (slots.length < 2 || operators.length !== slots.length - 1) throw new Error("no board");
  const typed = plain["typed"];
  return {
    slots,
    operators,
    normed: plain["normed"] === true,
    typed: typed === null ? null : String(typed).slice(0, 10_000),
  };
}

export function checkedFamily(value: unknown, space: Space): state.Family {
  const plain = object(value);
  let last = -1;
  const known = new Set<number>();
  const members = list(plain["members"], MOST_MEMBERS).map((row): state.Member => {
    const [id, parents, code, seed, mutation] = list(row, 5);
    last = whole(id, last + 1, 1e9);
    const of = list(parents, MOST_MEMBERS).map((one) => {
      if (!known.has(one as number)) throw new Error("no such parent");
      return one as number;
    });
    if ((of.length === 0) !== (code !== null)) throw new Error("a founder without a picture");
    known.add(last);
    return {
      id: last,
      parents: of,
      picture: checkedPicture(space, code),
      seed: String(seed),
      mutation: number(mutation, 0, 1),
    };
  });
  const picked = list(plain["picked"], MOST_MEMBERS).filter((id): id is number => known.has(id as number));
  return { members, picked, mutation: number(plain["mutation"], 0, 1) };
}

export function checkedWalk(value: unknown, space: Space): state.Walk {
  const plain = object(value);
  return {
    keys: list(plain["keys"], state.MOST_KEYS).map((code) => decodePicture(space, code)),
    steps: whole(plain["steps"], 1, 60),
    fps: whole(plain["fps"], 5, 30),
    ease: plain["ease"] === "none" ? "none" : "smooth",
    loop: plain["loop"] === true,
  };
}

export function checkedMoment(value: unknown): number {
  return whole(value, -1, 1e6);
}

export function checkedGame(value: unknown): state.Game {
  const plain = object(value);
  const played = whole(plain["played"], 0, 1e6);
  return { played, right: whole(plain["right"], 0, played) };
}

function object(value: unknown): Plain {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("no object");
  return value as Plain;
}

function list(value: unknown, most: number): unknown[] {
  if (!Array.isArray(value) || value.length > most) throw new Error("no list, or too long a one");
  return value;
}

function number(value: unknown, least: number, most: number): number {
  if (typeof value !== "number" || !(value >= least && value <= most)) throw new Error("no such number");
  return value;
}

function whole(value: unknown, least: number, most: number): number {
  if (!Number.isInteger(value)) throw new Error("no whole number");
  return number(value, least, most);
}
