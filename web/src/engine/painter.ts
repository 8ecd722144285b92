// Canvases that want pictures, and the one queue in which they get them. What is asked for a canvas replaces what was asked
// for it before, so a slider that is dragged never waits for pictures that nobody wants any more.
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

export class Painter {
  private readonly wanted = new Map<HTMLCanvasElement, Float32Array>();
  private readonly made = new WeakMap<Float32Array, ImageData>();
  private each = 0; // milliseconds a picture, as measured
  private busy = false;

  constructor(
    private readonly engine: Engine,
    private readonly width: number,
    private readonly height: number,
  ) {}

  /** Paint the picture of z on a canvas of the pictures' size, soon. */
  paint(canvas: HTMLCanvasElement, z: Float32Array): void {
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
  async pictures(all: readonly Float32Array[]): Promise<ImageData[]> {
    const missing = all.filter((z) => !this.made.has(z));
    for (let i = 0; i < missing.length; i += MOST) await this.make(missing.slice(i, i + MOST));
    return all.map((z) => this.made.get(z)!);
  }

  /** Milliseconds that a batch of `count` fresh vectors takes. */
  async time(all: readonly Float32Array[]): Promise<number> {
    return (await this.make(all)).ms;
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    document.documentElement.dataset["busy"] = "yes"; // pictures that are shown are not those that were asked for, yet
    try {
      await Promise.resolve(); // all that is asked for in this turn comes first
      while (this.wanted.size > 0) {
        const batch = [...this.wanted].slice(0, this.size());
        const made = (await this.make(batch.map(([, z]) => z))).pictures;
        batch.forEach(([canvas, z], i) => {
          if (this.wanted.get(canvas) === z) this.wanted.delete(canvas);
          put(canvas, made[i]!);
        });
      }
    } catch (error) {
      this.wanted.clear();
      broken.value = `The generator stopped: ${String(error)}. Load the page again.`;
    } finally {
      this.busy = false;
      document.documentElement.dataset["busy"] = "no";
    }
  }

  private size(): number {
    return this.each === 0 ? 1 : Math.max(1, Math.min(MOST, Math.floor(PATIENCE / this.each)));
  }

  private async make(all: readonly Float32Array[]): Promise<{ pictures: ImageData[]; ms: number }> {
    const length = all[0]!.length;
    const z = new Float32Array(all.length * length);
    all.forEach((one, i) => z.set(one, i * length));
    const { pixels, ms } = await this.engine.render(z, all.length);
    this.each = this.each === 0 ? ms / all.length : 0.7 * this.each + 0.3 * (ms / all.length);
    timing.value = { count: all.length, ms };
    const area = this.width * this.height * 4;
    const pictures = all.map((one, i) => {
      const picture = new ImageData(pixels.slice(i * area, (i + 1) * area), this.width, this.height);
      this.made.set(one, picture);
      return picture;
    });
    return { pictures, ms };
  }
}

function put(canvas: HTMLCanvasElement, picture: ImageData): void {
  canvas.getContext("2d")!.putImageData(picture, 0, 0);
  canvas.dataset["ready"] = "yes";
}
