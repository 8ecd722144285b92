// The queue: canvases get what they want last, every canvas has its turn, nothing is made twice.
import { beforeEach, expect, test, vi } from "vitest";
import { Painter } from "../src/engine/painter";

type Canvas = HTMLCanvasElement & { shown: number[] };
let made: number[][] = [];
let release: (() => void)[] = [];

beforeEach(() => {
  made = [];
  release = [];
  vi.stubGlobal("document", { documentElement: { dataset: {} } });
  vi.stubGlobal(
    "ImageData",
    class {
      constructor(readonly data: Uint8ClampedArray) {}
    },
  );
});

function canvas(): Canvas {
  const shown: number[] = [];
  const pen = { putImageData: (picture: ImageData) => shown.push(picture.data[0]!) };
  return { shown, dataset: {}, getContext: () => pen } as unknown as Canvas;
}

function painter(ms = 20): Painter {
  const render = (z: Float32Array<ArrayBuffer>, count: number) =>
    new Promise<{ pixels: Uint8ClampedArray<ArrayBuffer>; ms: number }>((done) => {
      made.push([...z]);
      const pixels = Uint8ClampedArray.from([...z].flatMap((value) => [value, 0, 0, 0]));
      release.push(() => done({ pixels, ms: ms * count }));
    });
  return new Painter({ render }, 1, 1);
}

const z = (value: number): Float32Array => Float32Array.from([value]);
const turn = () => new Promise((done) => setTimeout(done));
async function through(): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await turn();
    release.shift()?.();
  }
}

test("a picture that comes late does not cover one that was asked for after it", async () => {
  const [p, one, first, second] = [painter(), canvas(), z(1), z(2)];
  p.paint(one, first);
  await through();
  p.paint(one, second);
  await turn();
  p.paint(one, first); // undo, while the second is being made
  await through();
  expect(one.shown.at(-1)).toBe(1);
});

test("a canvas that is gone is left alone", async () => {
  const [p, one] = [painter(), canvas()];
  p.paint(one, z(1));
  await turn();
  p.forget(one);
  await through();
  expect(one.shown).toEqual([]);
});

test("every tile has its turn while all of them change again and again", async () => {
  const p = painter();
  const tiles = Array.from({ length: 12 }, canvas);
  for (let round = 1; round <= 12; round++) {
    tiles.forEach((tile) => p.paint(tile, z(round)));
    await turn();
    release.shift()?.();
    await turn();
  }
  expect(tiles.filter((tile) => tile.shown.length > 0).length).toBe(12);
  await through();
  expect(tiles.map((tile) => tile.shown.at(-1))).toEqual(tiles.map(() => 12));
});

test("a vector that two canvases want is made once", async () => {
  const [p, a, b, c, same] = [painter(), canvas(), canvas(), canvas(), z(7)];
  p.paint(a, z(1));
  await through();
  made = [];
  p.paint(b, same);
  p.paint(c, same);
  await through();
  expect(made).toEqual([[7]]);
  expect([b.shown, c.shown]).toEqual([[7], [7]]);
});
