// "Which is real?": a real picture beside a generated one, and the score.
import { useSignal } from "@preact/signals";
import { Face } from "../parts/Face";
import { Sheet } from "../parts/Sheet";
import { pictureOfSeed } from "../state/picture";
import { world } from "../state/space";
import { game } from "../state/state";

interface Round {
  readonly real: number;
  readonly seed: string;
  readonly realIsLeft: boolean;
}

export function Guess() {
  const reals = world().model.reals!;
  const round = useSignal<Round>(newRound(reals.count));
  const answer = useSignal<"left" | "right" | null>(null);
  const { right, played } = game.value;
  const real = round.value.realIsLeft ? "left" : "right";
  const choose = (side: "left" | "right"): void => {
    if (answer.value !== null) return;
    answer.value = side;
    game.value = { right: right + (side === real ? 1 : 0), played: played + 1 };
  };
  const next = (): void => {
    answer.value = null;
    round.value = newRound(reals.count);
  };
  return (
    <section class="panel guess" aria-labelledby="guess">
      <h2 id="guess">
        Which is real? <small>one is from {reals.name}, one from G</small>
      </h2>
      <div class="pair">
        {(["left", "right"] as const).map((side) => (
          <button
            key={side}
            type="button"
            class={`tile ${answer.value === null ? "" : side === real ? "good" : "bad"}`}
            aria-label={`The ${side} one is real`}
            aria-pressed={answer.value === side}
            onClick={() => choose(side)}
          >
            {side === real ? (
              <Sheet file={reals.file} tile={reals.tile} columns={reals.columns} index={round.value.real} label="" />
            ) : (
              <Face picture={pictureOfSeed(world().space, round.value.seed)} label="" />
            )}
            <span class="caption">{answer.value === null ? " " : side === real ? "real" : "generated"}</span>
          </button>
        ))}
      </div>
      <div class="row">
        <p role="status" class="score">
          {answer.value === null ? "Choose one." : answer.value === real ? "Right." : "Wrong: it was the other one."} {played > 0 && `${right} of ${played} right; guessing gives half.`}
        </p>
        <button type="button" disabled={answer.value === null} onClick={next}>
          Next
        </button>
        <button type="button" disabled={played === 0} onClick={() => (game.value = { right: 0, played: 0 })}>
          Score to 0
        </button>
      </div>
    </section>
  );
}

function newRound(count: number): Round {
  return { real: Math.floor(Math.random() * count), seed: String(Math.floor(Math.random() * 1e6)), realIsLeft: Math.random() < 0.5 };
}
