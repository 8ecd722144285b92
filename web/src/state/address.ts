// The whole state in the address, after the #: JSON, deflated, as base64. It never leaves the browser: what stands after
// a # is not sent to any server.
import { effect } from "@preact/signals";
import { fromBase64, toBase64 } from "../boot/files";
import { EMPTY_DIALS } from "./dials";
import { decodePicture, encodePicture, type Picture, type PictureCode } from "./picture";
import { world } from "./space";
import * as state from "./state";

const VERSION = 1;
const PAUSE = 300; // milliseconds without a change before the address is written
const MOST_SHELF = 26;

type Plain = Record<string, unknown>;

/** The state as plain values. */
export function snapshot(): Plain {
  const { wall, base, dials, shelf, board, family, walk } = state;
  const code = (picture: Picture | null): PictureCode | null => picture && encodePicture(picture);
  return {
    v: VERSION,
    model: world().model.model.digest.slice(0, 12),
    tab: state.tab.value,
    wall: wall.value,
    base: code(base.value),
    dials: dials.value,
    shelf: shelf.value.map(({ letter, picture }) => [letter, code(picture)]),
    board: board.value,
    family: { ...family.value, members: family.value.members.map((m) => [m.id, m.parents, code(m.picture), m.seed, m.mutation]) },
    walk: { ...walk.value, keys: walk.value.keys.map(code) },
    moment: state.moment.value,
  };
}

/** Take plain values over; returns a sentence where they were made on another model. Throws where they are damaged. */
export function restore(plain: unknown): string | null {
  const p = plain as Plain & { wall: state.Wall; shelf: [string, unknown][]; walk: state.Walk & { keys: unknown[] } };
  if (p["v"] !== VERSION) throw new Error("another version");
  const { space, model } = world();
  const read = (code: unknown): Picture => decodePicture(space, code);
  const wall = { ...state.WALL, ...p.wall };
  const numbers = [wall.first, wall.count, wall.mean, wall.std, wall.trunc ?? 1];
  if (!numbers.every(Number.isFinite) || wall.count > 400 || wall.count < 1) throw new Error("no wall");
  const values = {
    tab: state.TABS.includes(p["tab"] as state.Tab) ? (p["tab"] as state.Tab) : "gallery",
    base: p["base"] === null ? null : read(p["base"]),
    dials: checkedDials(p["dials"] as Plain),
    shelf: p.shelf.slice(0, MOST_SHELF).map(([letter, code]) => ({ letter: /^[A-Z]$/.test(letter) ? letter : "Z", picture: read(code) })),
    board: checkedBoard(p["board"] as state.Board),
    family: checkedFamily(p["family"] as Plain, read),
    walk: { ...state.EMPTY_WALK, ...p.walk, keys: p.walk.keys.map(read) },
  };
  state.tab.value = values.tab;
  state.wall.value = wall;
  state.base.value = values.base;
  state.dials.value = values.dials;
  state.shelf.value = values.shelf;
  state.board.value = values.board;
  state.family.value = values.family;
  state.walk.value = values.walk;
  state.moment.value = Number.isInteger(p["moment"]) ? (p["moment"] as number) : -1;
  const same = p["model"] === model.model.digest.slice(0, 12);
  return same ? null : "This address was made with another generator: the same vectors are other pictures here.";
}

/** The state as text for an address. */
export async function encode(plain: Plain): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(plain));
  return toBase64(await through(bytes, new CompressionStream("deflate-raw")));
}

/** What `encode` made of plain values. Throws where the text is damaged. */
export async function decode(text: string): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await through(fromBase64(text), new DecompressionStream("deflate-raw"))));
}

/** The address of the page as it is now. */
export async function addressNow(): Promise<string> {
  return `${location.href.split("#")[0]}#${await encode(snapshot())}`;
}

/** Take over what the address holds, if anything. */
export async function readAddress(): Promise<void> {
  const text = location.hash.slice(1);
  if (text === "") return;
  try {
    const warning = restore(await decode(text));
    if (warning !== null) state.say(warning);
  } catch {
    state.say("The part of the address after # is damaged, so the page begins anew. Was it copied whole?");
  }
}

/** Keep the address as the state is, from now on; and follow an address that is typed over it. */
export function followAddress(): void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const plain = snapshot();
    clearTimeout(waiting);
    waiting = setTimeout(() => void encode(plain).then((text) => history.replaceState(null, "", `#${text}`)), PAUSE);
  });
  addEventListener("hashchange", () => void readAddress());
}

function checkedDials(plain: Plain): typeof EMPTY_DIALS {
  const { zDim } = world().space;
  const set = Object.entries(plain["set"] as Plain).filter(([dim, x]) => Number(dim) < zDim && Number.isFinite(x));
  const along = Object.entries(plain["along"] as Plain).filter(([, x]) => Number.isFinite(x));
  return {
    set: Object.fromEntries(set) as Record<number, number>,
    along: Object.fromEntries(along) as Record<string, number>,
    locked: (plain["locked"] as number[]).filter((dim) => Number.isInteger(dim) && dim < zDim),
  };
}

function checkedBoard(plain: state.Board): state.Board {
  const slots = plain.slots.map((slot) => slot.map(String));
  const operators = plain.operators.filter((one) => state.OPERATORS.includes(one));
  if (slots.length < 2 || operators.length !== slots.length - 1) throw new Error("no board");
  return { slots, operators, normed: plain.normed === true, typed: plain.typed === null ? null : String(plain.typed) };
}

function checkedFamily(plain: Plain, read: (code: unknown) => Picture): state.Family {
  const known = new Set<number>();
  const members = (plain["members"] as [number, number[], unknown, string, number][]).map(([id, parents, code, seed, mutation]) => {
    if (!Number.isInteger(id) || !parents.every((one) => known.has(one))) throw new Error("no family");
    if ((parents.length === 0) !== (code !== null)) throw new Error("no family");
    known.add(id);
    return { id, parents, picture: code === null ? null : read(code), seed: String(seed), mutation: Number(mutation) };
  });
  const picked = (plain["picked"] as number[]).filter((id) => known.has(id));
  const mutation = Math.min(1, Math.max(0, Number(plain["mutation"]) || 0));
  return { members, picked, mutation };
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const flow = new Blob([bytes]).stream().pipeThrough(stream as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>);
  return new Uint8Array(await new Response(flow).arrayBuffer());
}
