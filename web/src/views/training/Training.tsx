// How the generator came to be: its fixed z through time with the curves and the verdict, average pictures along the mean,
// and a game of generated beside real.
import { Curves } from "../../parts/Curves";
import { Player } from "../../parts/Player";
import { Sheet } from "../../parts/Sheet";
import { world } from "../../state/space";
import { moment, tab, wall } from "../../state/state";
import { Guess } from "./Guess";

const COLORS = ["one", "two"];

export function Training() {
  const { model } = world();
  return (
    <div class="training">
      <div>
        {model.time !== null && <ThroughTime />}
        {model.reals !== null && <Guess />}
      </div>
      <div>
        <Verdict />
        <Lines />
        <Averages />
      </div>
    </div>
  );
}

function frameIndex(): number {
  const count = world().model.time?.frames.length ?? 0;
  return moment.value < 0 || moment.value >= count ? count - 1 : moment.value;
}

function kimgNow(): number | null {
  return world().model.time?.frames[frameIndex()]?.kimg ?? null;
}

function ThroughTime() {
  const time = world().model.time!;
  const index = frameIndex();
  const frame = time.frames[index]!;
  return (
    <section class="panel time" aria-labelledby="time">
      <h2 id="time">
        Through training <small>every place keeps its own z{time.averaged ? ", by the averaged generator" : ""}</small>
      </h2>
      <div class="sheet">
        <Sheet
          file={frame.file}
          tile={time.tile}
          columns={time.columns}
          rows={time.rows}
          index={null}
          label={`Pictures of fixed z after ${frame.kimg} thousand images`}
        />
      </div>
      <Player
        name="Moment"
        index={index}
        count={time.frames.length}
        rate={4}
        format={(at) => `${time.frames[at]?.kimg.toLocaleString("en", { maximumFractionDigits: 1 })} kimg`}
        onMove={(at) => (moment.value = at)}
      />
    </section>
  );
}

function Verdict() {
  const { health, model, run } = world().model;
  return (
    <section class="panel verdict" aria-labelledby="verdict">
      <h2 id="verdict">The run about itself</h2>
      <p>
        {model.recipe} on {model.data}, {Math.round(model.kimg).toLocaleString("en")} thousand images seen,{" "}
        {model.weights} weights, {(model.parameters / 1e6).toFixed(1)} million numbers in G.
      </p>
      {health === null ? (
        <p class="note">
          {run === null
            ? "The run is not here, so its health is not known."
            : "This run was not looked at while it trained."}
        </p>
      ) : (
        <>
          <p class={health.ok ? "good" : "bad"}>
            {health.ok ? `No trouble was seen at the last of ${health.looks} looks.` : "It is in trouble:"}
          </p>
          {health.now.length + health.gone.length > 0 && (
            <ul>
              {[...health.now, ...health.gone.map((text) => `Seen for a while, and gone: ${text}`)].map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}

function Lines() {
  const { curves, metrics } = world().model;
  const at = kimgNow();
  if (curves === null && metrics.length === 0) return null;
  const pick = (names: readonly string[]) =>
    names
      .filter((name) => curves?.columns[name]?.some((value) => value !== null))
      .map((name, i) => ({ name: WORDS[name] ?? name, color: COLORS[i]!, values: curves!.columns[name]! }));
  return (
    <section class="panel" aria-labelledby="curves">
      <h2 id="curves">
        Curves <small>a loss is not a result: look at the pictures too</small>
      </h2>
      <div class="charts">
        {curves !== null && <Curves title="Losses" kimg={curves.kimg} lines={pick(["loss_D", "loss_G"])} at={at} />}
        {curves !== null && (
          <Curves
            title={curves.opinions_are_probabilities ? "D's probability of real" : "D's opinion, a tendency"}
            kimg={curves.kimg}
            lines={pick(["D_real", "D_fake"])}
            at={at}
          />
        )}
        {metrics.map((metric) => (
          <Curves
            key={metric.name}
            title={`${metric.name}, ${metric.better} is better${metric.floor === null ? "" : `; real pictures reach ${metric.floor.toPrecision(3)}`}`}
            kimg={metric.kimg}
            lines={[{ name: "measured", color: "three", values: metric.value }]}
            at={at}
            floor={metric.floor}
          />
        ))}
      </div>
    </section>
  );
}

const WORDS: Readonly<Record<string, string>> = { loss_D: "D", loss_G: "G", D_real: "real", D_fake: "generated" };

function Averages() {
  const { averages } = world().model;
  return (
    <section class="panel" aria-labelledby="along">
      <h2 id="along">
        Average pictures along the mean{" "}
        <small>{averages.count} samples each; choose one to see them in the gallery</small>
      </h2>
      <ul class="strip wide">
        {averages.means.map((mean, i) => (
          <li key={mean}>
            <button
              type="button"
              class="tile"
              aria-label={`Show samples of mean ${mean} in the gallery`}
              onClick={() => {
                wall.value = { ...wall.value, mean, std: averages.std, trunc: null };
                tab.value = "gallery";
              }}
            >
              <Sheet file={averages.file} tile={averages.tile} columns={averages.means.length} index={i} label="" />
              <span class="caption">{mean}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
