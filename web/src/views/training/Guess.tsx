// "Which is real?": a real picture beside a generated one, and the score.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { enlarged } from "../../output/save";
import { sheet } from "../../parts/Sheet";
import { pictureOfSeed } from "../../state/picture";
import { world } from "../../state/space";
import { game } from "../../state/state";

type Side = "left" | "right";

interface Round {
  readonly real: number;
  readonly seed: string;
  readonly realIsLeft: boolean;
}

export function Guess() {
  const reals = world().model.reals!;
  const round = useSignal<Round>(newRound(reals.count));
  const answer = useSignal<Side | null>(null);
  const canvases = useRef<Record<Side, HTMLCanvasElement | null>>({ left: null, right: null });
  useEffect(() => void draw(round.value, canvases.current), [round.value]);
  const { right, played } = game.value;
  const real: Side = round.value.realIsLeft ? "left" : "right";
  const choose = (side: Side): void => {
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
            <canvas
              ref={(canvas) => void (canvases.current[side] = canvas)}
              class="face"
              width={reals.tile[0]}
              height={reals.tile[1]}
              aria-hidden="true"
            />
            <span class="caption">{answer.value === null ? " " : side === real ? "real" : "generated"}</span>
          </button>
        ))}
      </div>
      <div class="row">
        <p role="status" class="score">
          {answer.value === null ? "Choose one." : answer.value === real ? "Right." : "Wrong: it was the other one."}{" "}
          {played > 0 && `${right} of ${played} right; guessing gives half.`}
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

/** Draw both at one size, on white, and both at once: nothing but the pictures is to tell them apart. */
async function draw(round: Round, canvases: Readonly<Record<Side, HTMLCanvasElement | null>>): Promise<void> {
  const { model, painter, space } = world();
  const { file, tile, columns } = model.reals!;
  const [width, height] = tile;
  const [all, [pixels]] = await Promise.all([sheet(file), painter.pictures([pictureOfSeed(space, round.seed).z])]);
  const [real, made] = round.realIsLeft ? [canvases.left, canvases.right] : [canvases.right, canvases.left];
  for (const canvas of [real, made]) {
    const pen = canvas!.getContext("2d")!;
    pen.fillStyle = "white";
    pen.fillRect(0, 0, width, height);
    if (canvas === made) pen.drawImage(enlarged(pixels!, 1), 0, 0, width, height);
    else
      pen.drawImage(
        all,
        (round.real % columns) * width,
        Math.floor(round.real / columns) * height,
        width,
        height,
        0,
        0,
        width,
        height,
      );
    canvas!.dataset["ready"] = round.seed;
  }
}

function newRound(count: number): Round {
  return {
    real: Math.floor(Math.random() * count),
    seed: String(Math.floor(Math.random() * 1e6)),
    realIsLeft: Math.random() < 0.5,
  };
}
