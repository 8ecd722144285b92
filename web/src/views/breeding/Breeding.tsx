// Parents, their children, and the tree of the family.
import { Actions } from "../../parts/Actions";
import { Place } from "../../parts/Place";
import { Slider } from "../../parts/Slider";
import { Tile } from "../../parts/Tile";
import {
  breed,
  founders,
  generations,
  litter,
  LITTER,
  pick,
  pictureOfMember,
  startAgain,
  tree,
  withFounders,
} from "../../state/family";
import type { Picture } from "../../state/picture";
import { family, type Member, shelf } from "../../state/state";
import { strangers } from "../../state/strangers";

const SIDE = 60; // of a picture in the tree, in CSS pixels
const APART = { across: 76, down: 104 };

export function Breeding() {
  const { picked, mutation, members } = family.value;
  const parents = members.filter((member) => picked.includes(member.id));
  const last = parents.at(-1);
  return (
    <div class="breeding">
      <section class="panel" aria-labelledby="parents">
        <h2 id="parents">
          Parents{" "}
          <small>{picked.length === 0 ? "pick some below, or bring your own" : `${picked.length} picked`}</small>
        </h2>
        <Place label="Add the picture in hand to the parents" class="strip" onPut={(picture) => add([picture], true)}>
          {parents.map((member) => (
            <MemberTile key={member.id} member={member} />
          ))}
          {parents.length === 0 && <span class="hint">nobody yet</span>}
        </Place>
        <Slider
          name="Mutation"
          value={mutation}
          min={0}
          max={1}
          step={0.05}
          onInput={(value) => (family.value = { ...family.value, mutation: value })}
        />
        <div class="actions">
          <button type="button" class="main" disabled={picked.length === 0} onClick={breed}>
            Breed {LITTER}
          </button>
          <button type="button" onClick={() => add(strangers(LITTER), false)}>
            {members.length === 0 ? "Begin with 12 strangers" : "12 more strangers"}
          </button>
          <button
            type="button"
            disabled={shelf.value.length === 0}
            onClick={() =>
              add(
                shelf.value.map((one) => one.picture),
                true,
              )
            }
          >
            Bring the shelf
          </button>
          <button type="button" disabled={members.length === 0} onClick={startAgain}>
            Start again
          </button>
        </div>
        {last !== undefined && <Actions picture={pictureOfMember(family.value, last)} />}
        <p class="note">
          A child has each number of z from one of its parents, and some of chance; with one parent it is that one,
          mutated. Pick any two or more and go on.
        </p>
      </section>
      <Litter id="children" name="Children" members={litter(family.value)} />
      <Litter id="strangers" name="Strangers" members={founders(family.value)} />
      <Tree />
    </div>
  );
}

function Litter({ id, name, members }: { id: string; name: string; members: readonly Member[] }) {
  if (members.length === 0) return null;
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>
        {name}{" "}
        <small>
          {members.length} of {family.value.members.length} in the family
        </small>
      </h2>
      <div class="litter">
        {members.map((member) => (
          <MemberTile key={member.id} member={member} />
        ))}
      </div>
    </section>
  );
}

function MemberTile({ member }: { member: Member }) {
  const picture = pictureOfMember(family.value, member);
  const pressed = family.value.picked.includes(member.id);
  return (
    <Tile
      picture={picture}
      label={`${nameOf(member)}: ${picture.words}`}
      pressed={pressed}
      onChoose={() => pick(member.id)}
    />
  );
}

function Tree() {
  const shown = tree(family.value);
  if (shown.length === 0) return null;
  const depth = generations(family.value);
  const rows = new Map<number, Member[]>();
  shown.forEach((member) => rows.set(depth.get(member.id)!, [...(rows.get(depth.get(member.id)!) ?? []), member]));
  const place = new Map<number, { x: number; y: number }>();
  for (const [row, members] of rows)
    members.forEach((member, i) => place.set(member.id, { x: i * APART.across, y: row * APART.down }));
  const width = Math.max(...[...rows.values()].map((members) => members.length)) * APART.across;
  const height = Math.max(...rows.keys()) * APART.down + SIDE + 8;
  return (
    <section class="panel" aria-labelledby="tree">
      <h2 id="tree">
        Family tree <small>{shown.length} who have children, or are picked</small>
      </h2>
      <div class="tree" tabIndex={0} role="group" aria-label="Family tree, to be scrolled">
        <svg width={width} height={height} aria-hidden="true">
          {shown.flatMap((member) =>
            member.parents.map((parent) => (
              <Line key={`${parent}-${member.id}`} from={place.get(parent)!} to={place.get(member.id)!} />
            )),
          )}
        </svg>
        {shown.map((member) => {
          const { x, y } = place.get(member.id)!;
          return (
            <div
              key={member.id}
              class="node"
              ref={(node) => void (node && Object.assign(node.style, { left: `${x}px`, top: `${y}px` }))}
            >
              <MemberTile member={member} />
            </div>
          );
        })}
      </div>
    </section>
  );
}

function Line({ from, to }: { from: { x: number; y: number }; to: { x: number; y: number } }) {
  const [x1, y1, x2, y2] = [from.x + SIDE / 2, from.y + SIDE, to.x + SIDE / 2, to.y];
  const middle = (y1 + y2) / 2;
  return <path d={`M${x1} ${y1} C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`} />;
}

function add(pictures: readonly Picture[], picked: boolean): void {
  family.value = withFounders(family.value, pictures, picked);
}

function nameOf(member: Member): string {
  return member.parents.length === 0 ? `founder ${member.id}` : `child ${member.id} of ${member.parents.join(" and ")}`;
}
