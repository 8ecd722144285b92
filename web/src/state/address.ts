// The whole state in the address, after the #: JSON, deflated, as base64. It never leaves the browser: what stands after
// a # is not sent to any server.
import { batch, effect } from "@preact/signals";
import { fromBase64, toBase64 } from "../boot/files";
import {
  checkedBoard,
  checkedDials,
  checkedFamily,
  checkedGame,
  checkedMoment,
  checkedPicture,
  checkedShelf,
  checkedTab,
  checkedWalk,
  checkedWall,
  type Plain,
} from "./checked";
import { forget } from "./history";
import { encodePicture, type Picture, type PictureCode } from "./picture";
import { world } from "./space";
import * as state from "./state";

const VERSION = 1;
const PAUSE = 300; // milliseconds without a change before the address is written
const DIGITS = 12; // of the weights' digest, by which an address of another generator is known

/** The state as plain values. */
export function snapshot(): Plain {
  const { wall, base, dials, shelf, board, family, walk } = state;
  const code = (picture: Picture | null): PictureCode | null => picture && encodePicture(picture);
  return {
    v: VERSION,
    model: world().model.model.digest.slice(0, DIGITS),
    tab: state.tab.value,
    wall: wall.value,
    base: code(base.value),
    dials: dials.value,
    shelf: shelf.value.map(({ letter, picture }) => [letter, code(picture)]),
    board: board.value,
    family: {
      ...family.value,
      members: family.value.members.map((m) => [m.id, m.parents, code(m.picture), m.seed, m.mutation]),
    },
    walk: { ...walk.value, keys: walk.value.keys.map(code) },
    moment: state.moment.value,
    game: state.game.value,
  };
}

const OTHER = "This address was made with another generator: the same vectors are other pictures here.";
const OTHER_Z =
  "This address was made with another generator, whose vectors this one cannot read: the page stays as it is.";
const DAMAGED = "The part of the address after # is damaged, so it is left aside. Was it copied whole?";

/** Take plain values over, all or none; returns a sentence where that is not what was meant. */
export function restore(plain: unknown): string | null {
  const { space, model } = world();
  const p = plain as Plain;
  const same = p?.["model"] === model.model.digest.slice(0, DIGITS);
  try {
    if (p["v"] !== VERSION) throw new Error("another version");
    const found = {
      tab: checkedTab(p["tab"]),
      wall: checkedWall(p["wall"]),
      base: checkedPicture(space, p["base"]),
      dials: checkedDials(p["dials"], space.zDim),
      shelf: checkedShelf(p["shelf"], space),
      board: checkedBoard(p["board"]),
      family: checkedFamily(p["family"], space),
      walk: checkedWalk(p["walk"], space),
      moment: checkedMoment(p["moment"]),
      game: checkedGame(p["game"]),
    };
    batch(() => {
      forget();
      state.tab.value = found.tab;
      state.wall.value = found.wall;
      state.base.value = found.base;
      state.dials.value = found.dials;
      state.shelf.value = found.shelf;
      state.board.value = found.board;
      state.family.value = found.family;
      state.walk.value = found.walk;
      state.moment.value = found.moment;
      state.game.value = found.game;
    });
  } catch {
    return same || typeof p?.["model"] !== "string" ? DAMAGED : OTHER_Z;
  }
  return same ? null : OTHER;
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
  const plain = await decode(text).catch(() => null);
  const warning = plain === null ? DAMAGED : restore(plain);
  if (warning !== null) state.say(warning);
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

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const flow = new Blob([bytes])
    .stream()
    .pipeThrough(stream as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>);
  return new Uint8Array(await new Response(flow).arrayBuffer());
}
