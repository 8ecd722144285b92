// What every view needs: the model and its painter, which are there before the first view is drawn.
import type { Model } from "../boot/model";
import type { Engine } from "../engine/engine";
import type { Painter } from "../engine/painter";
import type { Space } from "./picture";

export interface World {
  readonly model: Model;
  readonly space: Space;
  readonly engine: Engine;
  readonly painter: Painter;
}

let current: World | null = null;

export function setWorld(world: World): void {
  current = world;
}

export function world(): World {
  if (current === null) throw new Error("the page has no model yet");
  return current;
}

/** Half the way of a slider of one number of z. */
export function reach(): number {
  return world().space.prior === "normal" ? 3 : 1;
}
