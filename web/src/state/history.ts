// Steps back and forward of the dials. A drag is one step: changes that follow each other within a moment are joined.
import { type Signal, signal } from "@preact/signals";
import type { Dials } from "./dials";
import type { Picture } from "./picture";
import { base, dials } from "./state";

interface Moment {
  readonly base: Picture | null;
  readonly dials: Dials;
}

const MOST = 200;
const JOINED = 600; // milliseconds
const past = signal<readonly Moment[]>([]);
const future = signal<readonly Moment[]>([]);
let last = { name: "", at: 0 };

export function canUndo(): boolean {
  return past.value.length > 0;
}

export function canRedo(): boolean {
  return future.value.length > 0;
}

/** Turn dials. `name` says which, so that a drag is one step. */
export function turn(name: string, to: Dials, from: Picture | null = base.value): void {
  const now = Date.now();
  const joined = name !== "" && name === last.name && now - last.at < JOINED;
  last = { name, at: now };
  if (!joined) past.value = [...past.value.slice(-MOST), { base: base.value, dials: dials.value }];
  future.value = [];
  base.value = from;
  dials.value = to;
}

/** Begin anew: there is nothing to go back to. */
export function forget(): void {
  past.value = [];
  future.value = [];
}

export function undo(): void {
  step(past, future);
}

export function redo(): void {
  step(future, past);
}

/** Take the newest moment of one side, and put the present one on the other. */
function step(from: Signal<readonly Moment[]>, to: Signal<readonly Moment[]>): void {
  const moment = from.value.at(-1);
  if (moment === undefined) return;
  to.value = [...to.value, { base: base.value, dials: dials.value }];
  from.value = from.value.slice(0, -1);
  last = { name: "", at: 0 };
  base.value = moment.base;
  dials.value = moment.dials;
}
