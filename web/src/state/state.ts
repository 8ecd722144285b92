// All that the page remembers, as signals. The address holds all of it (state/address.ts).
import { computed, signal } from "@preact/signals";
import { PLAIN, type Spread } from "../latent/prior";
import type { Ease } from "../latent/path";
import { dialled, type Dials, EMPTY_DIALS } from "./dials";
import { type Picture, pictureOfSeed } from "./picture";
import { world } from "./space";

export const TABS = ["gallery", "dials", "algebra", "breeding", "walk", "training", "share"] as const;
export type Tab = (typeof TABS)[number];

export const tab = signal<Tab>("gallery");

// The gallery --------------------------------------------------------------------------------------------------------
export interface Wall extends Spread {
  readonly first: number;
  readonly count: number;
  /** Whether the seeds are the good ones of model.json, not those from `first` on. */
  readonly good: boolean;
  /** Which place of it is looked at. */
  readonly picked: number;
}
export const MOST_TILES = 384;
export const MOST_SEED = 2 ** 50;
export const WALL: Wall = { first: 0, count: 48, good: false, picked: 0, ...PLAIN };
export const wall = signal<Wall>(WALL);

// The picture that is looked at, and its dials -----------------------------------------------------------------------
export const base = signal<Picture | null>(null);
export const dials = signal<Dials>(EMPTY_DIALS);
/** The picture that the dials make of the base. */
export const chosen = computed<Picture>(() => dialled(theBase(), dials.value));

export function theBase(): Picture {
  return base.value ?? pictureOfSeed(world().space, String(world().model.seeds[0] ?? 0));
}

// The shelf: pictures with letters, which expressions use ------------------------------------------------------------
export interface Kept {
  readonly letter: string;
  readonly picture: Picture;
}
export const shelf = signal<readonly Kept[]>([]);
/** The picture that was taken up, to be put somewhere. */
export const hand = signal<Picture | null>(null);

// The algebra board --------------------------------------------------------------------------------------------------
export const OPERATORS = ["+", "-", "*", "|-|", "mean"] as const;
export type Operator = (typeof OPERATORS)[number];
export interface Board {
  /** What lies in each slot, as words of an expression; of several the mean is taken. */
  readonly slots: readonly (readonly string[])[];
  readonly operators: readonly Operator[];
  /** Whether the result is brought to the prior's typical length. */
  readonly normed: boolean;
  /** An expression that was typed, which then counts instead. */
  readonly typed: string | null;
}
export const MOST_SLOTS = 6;
export const EMPTY_BOARD: Board = { slots: [[], []], operators: ["+"], normed: false, typed: null };
export const board = signal<Board>(EMPTY_BOARD);

// Breeding -----------------------------------------------------------------------------------------------------------
export interface Member {
  readonly id: number;
  /** Empty for those that the family begins with. */
  readonly parents: readonly number[];
  /** Of a founder. */
  readonly picture: Picture | null;
  /** Which child it is of those parents. */
  readonly seed: string;
  readonly mutation: number;
}
export interface Family {
  readonly members: readonly Member[];
  readonly picked: readonly number[];
  readonly mutation: number;
}
export const EMPTY_FAMILY: Family = { members: [], picked: [], mutation: 0.2 };
export const family = signal<Family>(EMPTY_FAMILY);

// The walk -----------------------------------------------------------------------------------------------------------
export interface Walk {
  readonly keys: readonly Picture[];
  readonly steps: number;
  readonly fps: number;
  readonly ease: Ease;
  readonly loop: boolean;
}
export const MOST_KEYS = 24;
export const EMPTY_WALK: Walk = { keys: [], steps: 20, fps: 20, ease: "smooth", loop: true };
export const walk = signal<Walk>(EMPTY_WALK);

// Through training ---------------------------------------------------------------------------------------------------
/** Which moment is shown; -1 is the last. */
export const moment = signal(-1);
export interface Game {
  readonly right: number;
  readonly played: number;
}
export const game = signal<Game>({ right: 0, played: 0 });

// Passing ------------------------------------------------------------------------------------------------------------
/** A sentence for the visitor, read aloud too. */
export const notice = signal("");

/** Say a sentence to the visitor; the same one again is said again. */
export function say(sentence: string): void {
  notice.value = notice.value === sentence ? `${sentence}\u200b` : sentence;
}
