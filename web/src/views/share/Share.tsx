// What is taken away: the address of the whole state, pictures, vectors.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { addressOf, isEmbedded } from "../../boot/files";
import { fileName, offer } from "../../output/offer";
import { pngOf, sheetOf } from "../../output/save";
import { readVectors, vectorsOf } from "../../output/vectors";
import { Face } from "../../parts/Face";
import { addressNow, snapshot } from "../../state/address";
import { pictureOf } from "../../state/picture";
import { keep } from "../../state/shelf";
import { world } from "../../state/space";
import { chosen, say, shelf, wall } from "../../state/state";
import { picturesOf } from "../../state/wall";

const LONG = 8000; // characters that some programs cut an address to

export function Share() {
  const { model } = world();
  const address = useSignal("");
  const state = JSON.stringify(snapshot());
  useEffect(() => void addressNow().then((text) => (address.value = text)), [state]);
  const kept = shelf.value.map(({ picture }) => picture);
  const vectors = kept.length > 0 ? kept : [chosen.value];
  return (
    <div class="share">
      <section class="panel" aria-labelledby="address">
        <h2 id="address">This page as it is now</h2>
        <p class="note">
          The address holds all of it: the wall, the dials, the shelf, the board, the family, the walk. What stands
          after # is not sent to any server; who opens it needs the same page
          {isEmbedded() ? ", this very file at the same place" : ""}.
        </p>
        <div class="row">
          <input
            type="text"
            readOnly
            aria-label="Address of this state"
            value={address.value}
            onFocus={(event) => event.currentTarget.select()}
          />
          <button type="button" class="main" onClick={() => void copy(address.value)}>
            Copy
          </button>
        </div>
        {address.value.length > LONG && (
          <p class="note">
            It has {address.value.length.toLocaleString("en")} characters, which some programs cut: a smaller shelf or
            family makes it shorter.
          </p>
        )}
      </section>
      <section class="panel" aria-labelledby="pictures">
        <h2 id="pictures">Pictures</h2>
        <div class="row">
          <div class="medium">
            <Face picture={chosen.value} />
          </div>
          <div class="actions">
            <button
              type="button"
              onClick={() => void offer(`${fileName(chosen.value.words)}.png`, () => pngOf(chosen.value))}
            >
              PNG of this picture
            </button>
            <button
              type="button"
              onClick={() => void offer(`${fileName(chosen.value.words)}-8x.png`, () => pngOf(chosen.value, 8))}
            >
              8 times as large
            </button>
            <button type="button" onClick={() => void offer("wall.png", () => sheetOf(picturesOf(wall.value)))}>
              Sheet of the wall
            </button>
            <button
              type="button"
              disabled={shelf.value.length === 0}
              onClick={() => void offer("shelf.png", () => sheetOf(shelf.value.map((one) => one.picture)))}
            >
              Sheet of the shelf
            </button>
          </div>
        </div>
      </section>
      <section class="panel" aria-labelledby="vectors">
        <h2 id="vectors">
          Vectors <small>{kept.length > 0 ? `the ${kept.length} of the shelf` : "the picture under Dials"}</small>
        </h2>
        <p class="note">
          As JSON, which the command reads:{" "}
          <code>dcgan latent algebra RUN "file:vectors.json#0 - file:vectors.json#1"</code>.
        </p>
        <div class="actions">
          <button type="button" onClick={() => void offer("vectors.json", () => vectorsOf(vectors, model))}>
            Save vectors.json
          </button>
          <label class="button">
            Load vectors.json
            <input type="file" accept=".json,application/json" onChange={(event) => void load(event.currentTarget)} />
          </label>
        </div>
      </section>
      <section class="panel" aria-labelledby="about">
        <h2 id="about">About</h2>
        <p>{model.licence}</p>
        <p class="note">
          Made with dcgan {model.dcgan}. Everything runs in this browser: no picture and no vector leaves it. Largest
          difference from PyTorch at export: {model.onnx.difference.toExponential(1)} of a range of 2
          {model.onnx.half ? ", weights in 16 bits" : ""}.{" "}
          <a href={addressOf("licences.txt")}>Licences of what this page carries</a>.
        </p>
      </section>
    </div>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say("The address is copied.");
  } catch {
    say("This browser does not let the page copy: choose the address and copy it by hand.");
  }
}

async function load(input: HTMLInputElement): Promise<void> {
  const file = input.files?.[0];
  if (file === undefined) return;
  try {
    const { vectors, warning } = readVectors(await file.text(), world().model);
    const before = shelf.value.length;
    vectors.forEach(({ name, z }) => keep(pictureOf(z, name)));
    const added = shelf.value.length - before;
    say(`${added} of ${vectors.length} vectors came to the shelf; others lay there, or had no room. ${warning ?? ""}`);
  } catch (error) {
    say((error as Error).message);
  } finally {
    input.value = "";
  }
}
