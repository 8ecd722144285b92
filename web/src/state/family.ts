// Breeding: children take each number of z from one of their parents, and some of chance. Numbers of the prior stay numbers
// of the prior: a mutation of m keeps sqrt(1 - m²) of a normal number and adds m of a fresh one, and draws a uniform one
// anew with probability m.
import { address, Stream } from "../latent/random";
import { type Picture, pictureOf } from "./picture";
import { EMPTY_FAMILY, family, type Family, type Member, say } from "./state";
import { world } from "./space";

export const LITTER = 12;
export const MOST_MEMBERS = 600;
const known = new WeakMap<Member, Picture>();

/** The picture of a member: that of a founder, or what its parents and its seed make it. */
export function pictureOfMember(family: Family, member: Member): Picture {
  let picture = member.picture ?? known.get(member);
  if (picture === undefined) {
    const parents = member.parents.map((id) => pictureOfMember(family, byId(family, id)));
    picture = pictureOf(
      child(parents, member.seed, member.mutation),
      `a child of ${member.parents.length}, number ${member.id}`,
    );
    known.set(member, picture);
  }
  return picture;
}

export function byId(family: Family, id: number): Member {
  return family.members.find((member) => member.id === id)!;
}

/** z of a child, decided by its parents' z, its seed, and how much of it is chance. */
export function child(parents: readonly Picture[], seed: string, mutation: number): Float32Array {
  const { prior, zDim } = world().space;
  const stream = new Stream(address(seed, "breed"));
  const fresh = prior === "normal" ? stream.normals(zDim) : stream.uniforms(zDim);
  return Float32Array.from({ length: zDim }, (_, i) => {
    const inherited = parents[Math.floor(stream.uniform() * parents.length)]!.z[i]!;
    const luck = stream.uniform();
    if (prior === "uniform") return luck < mutation ? fresh[i]! : inherited;
    return Math.sqrt(1 - mutation ** 2) * inherited + mutation * fresh[i]!;
  });
}

/** A family with pictures that it did not have. */
export function withFounders(family: Family, pictures: readonly Picture[], picked: boolean): Family {
  if (isFull(family.members.length + pictures.length)) return family;
  const at = nextId(family);
  const members = pictures.map((picture, i): Member => ({ id: at + i, parents: [], picture, seed: "0", mutation: 0 }));
  return {
    ...family,
    members: [...family.members, ...members],
    picked: picked ? [...family.picked, ...members.map((member) => member.id)] : family.picked,
  };
}

/** Add a litter of the picked ones, and pick nobody. */
export function breed(): void {
  const { members, picked, mutation } = family.value;
  if (picked.length === 0 || isFull(members.length + LITTER)) return;
  const at = nextId(family.value);
  const litter = Array.from({ length: LITTER }, (_, i): Member => ({
    id: at + i,
    parents: picked,
    picture: null,
    seed: `${at + i}`,
    mutation,
  }));
  family.value = { ...family.value, members: [...members, ...litter], picked: [] };
}

export function pick(id: number): void {
  const { picked } = family.value;
  family.value = {
    ...family.value,
    picked: picked.includes(id) ? picked.filter((one) => one !== id) : [...picked, id],
  };
}

export function startAgain(): void {
  family.value = { ...EMPTY_FAMILY, mutation: family.value.mutation };
}

/** How many steps every member is from founders, by id. Parents stand before their children. */
export function generations(family: Family): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const { id, parents } of family.members) {
    found.set(id, parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => found.get(parent) ?? 0)));
  }
  return found;
}

/** Those who have children, those who are picked, and all of their ancestors: what a tree shows. */
export function tree(family: Family): Member[] {
  const wanted = new Set<number>();
  const add = (id: number): void => {
    if (wanted.has(id)) return;
    wanted.add(id);
    byId(family, id).parents.forEach(add);
  };
  family.picked.forEach(add);
  family.members.forEach((member) => member.parents.forEach(add));
  return family.members.filter((member) => wanted.has(member.id));
}

/** The newest litter. */
export function litter(family: Family): Member[] {
  const last = family.members.findLast((member) => member.parents.length > 0);
  if (last === undefined) return [];
  return family.members.filter(
    (member) => last.id - member.id < LITTER && member.parents.join() === last.parents.join(),
  );
}

/** Those that the family begins with. */
export function founders(family: Family): Member[] {
  return family.members.filter((member) => member.parents.length === 0);
}

function isFull(count: number): boolean {
  if (count > MOST_MEMBERS)
    say(`The family is full: it has room for ${MOST_MEMBERS}. Start again, with those you like on the shelf.`);
  return count > MOST_MEMBERS;
}

function nextId(family: Family): number {
  return (family.members.at(-1)?.id ?? -1) + 1;
}
