// Canvases that want pictures, and the one queue in which they get them. What is asked for a canvas replaces what was asked
// for it before and keeps its place, so a slider that is dragged never waits for pictures that nobody wants any more, and
// the last tile of a wall has its turn as the first one has.
import { signal } from "@preact/signals";
import type { Engine } from "./engine";

const MOST = 16;
const PATIENCE = 48; // milliseconds: a batch is to take no longer, so that what is urgent comes soon

export interface Timing {
  readonly count: number;
  readonly ms: number;
}

/** Of the last batch. */
export const timing = signal<Timing | null>(null);
/** A sentence, where the engine gave up. */
export const broken = signal<string | null>(null);

type Z = Float32Array;

export class Painter {
  private readonly wanted = new Map<HTMLCanvasElement, Z>();
  private readonly made = new WeakMap<Z, ImageData>();
  private each = 0; // milliseconds a picture, as measured
  private busy = false;

  constructor(
    private readonly engine: Pick<Engine, "render">,
    private readonly width: number,
    private readonly height: number,
  ) {}

  /** Paint the picture of z on a canvas of the pictures' size, soon. */
  paint(canvas: HTMLCanvasElement, z: Z): void {
    const ready = this.made.get(z);
    if (ready !== undefined) {
      this.wanted.delete(canvas);
      put(canvas, ready);
      return;
    }
    this.wanted.set(canvas, z);
    void this.work();
  }

  /** A canvas that is gone wants nothing any more. */
  forget(canvas: HTMLCanvasElement): void {
    this.wanted.delete(canvas);
  }

  /** The pictures of vectors, in order. */
  async pictures(all: readonly Z[]): Promise<ImageData[]> {
    const missing = [...new Set(all)].filter((z) => !this.made.has(z));
    for (let i = 0; i < missing.length; i += MOST) await this.make(missing.slice(i, i + MOST));
    return all.map((z) => this.made.get(z)!);
  }

  /** Milliseconds that a batch of fresh vectors takes. */
  async time(all: readonly Z[]): Promise<number> {
    return this.make(all);
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    document.documentElement.dataset["busy"] = "yes"; // pictures that are shown are not those that were asked for, yet
    try {
      await Promise.resolve(); // all that is asked for in this turn comes first
      while (this.wanted.size > 0) {
        const batch = [...this.wanted].slice(0, this.size());
        await this.make([...new Set(batch.map(([, z]) => z))]);
        batch.forEach(([canvas, z]) => this.give(canvas, this.made.get(z)!, z));
        [...this.wanted].forEach(([canvas, z]) => this.made.has(z) && this.give(canvas, this.made.get(z)!, z));
      }
    } catch (error) {
      this.wanted.clear();
      broken.value = `The generator stopped (${String(error)}). Load the page again.`;
    } finally {
      this.busy = false;
      document.documentElement.dataset["busy"] = "no";
    }
  }

  /** Show a picture where one is still wanted: this one, or, while a slider is dragged, a later one that is not made. */
  private give(canvas: HTMLCanvasElement, picture: ImageData, z: Z): void {
    const wish = this.wanted.get(canvas);
    if (wish === undefined) return;
    if (wish === z) this.wanted.delete(canvas);
    else this.toTheEnd(canvas, wish);
    put(canvas, picture);
  }

  private toTheEnd(canvas: HTMLCanvasElement, wish: Z): void {
    this.wanted.delete(canvas);
    this.wanted.set(canvas, wish);
  }

  private size(): number {
    return this.each === 0 ? 1 : Math.max(1, Math.min(MOST, Math.floor(PATIENCE / this.each)));
  }

  private async make(all: readonly Z[]): Promise<number> {
    const length = all[0]!.length;
    const z = new Float32Array(all.length * length);
    all.forEach((one, i) => z.set(one, i * length));
    const { pixels, ms } = await this.engine.render(z, all.length);
    this.each = this.each === 0 ? ms / all.length : 0.7 * this.each + 0.3 * (ms / all.length);
    timing.value = { count: all.length, ms };
    const area = this.width * this.height * 4;
    all.forEach((one, i) =>
      this.made.set(one, new ImageData(pixels.slice(i * area, (i + 1) * area), this.width, this.height)),
    );
    return ms;
  }
}

function put(canvas: HTMLCanvasElement, picture: ImageData): void {
  canvas.getContext("2d")!.putImageData(picture, 0, 0);
  canvas.dataset["ready"] = "yes";
}
