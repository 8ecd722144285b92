// What the page and its engine, a worker, say to each other.
export interface Begin {
  readonly kind: "begin";
  readonly model: ArrayBuffer;
  readonly runtime: ArrayBuffer;
  readonly threads: number;
}
export interface Render {
  readonly kind: "render";
  readonly id: number;
  /** count vectors, one after the other. */
  readonly z: Float32Array<ArrayBuffer>;
  readonly count: number;
}
export type Request = Begin | Render;

export interface Ready {
  readonly kind: "ready";
}
export interface Rendered {
  readonly kind: "rendered";
  readonly id: number;
  /** RGBA, count pictures, one after the other. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** That G took. */
  readonly ms: number;
}
export interface Failed {
  readonly kind: "failed";
  readonly id: number | null;
  readonly reason: string;
}
export type Reply = Ready | Rendered | Failed;
