// The board as a line of text, which may be typed.
import { change } from "../../state/board";
import { labelWord } from "../../state/scope";
import { lengthWords, type Solved } from "../../state/solved";
import { world } from "../../state/space";

export function Line({ text, result }: { text: string; result: Solved }) {
  const example = world().model.directions[0];
  return (
    <section class="panel line">
      <label for="expression">
        As an expression, with the grammar of <code>dcgan latent algebra</code>
      </label>
      <input
        id="expression"
        type="text"
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        placeholder={`mean(A, B) - C${example === undefined ? "" : ` + 2 * direction:${example.name}`}`}
        value={text}
        aria-invalid={"error" in result}
        aria-describedby="said"
        onInput={(event) => change({ typed: event.currentTarget.value })}
      />
      <pre id="said">
        {"error" in result
          ? result.error
          : "picture" in result
            ? lengthWords(result.picture)
            : "Put a picture into every slot, or write: seed:3 + seed:8"}
      </pre>
      <Words />
    </section>
  );
}

/** What can be written. */
function Words() {
  const { directions, names } = world().model;
  return (
    <p class="note">
      Letters are pictures of the shelf. Also: <code>seed:12</code>, <code>mean(seed:3,8,41)</code>, <code>abs()</code>,{" "}
      <code>norm()</code>, <code>lerp(A, B, 0.5)</code>, <code>slerp()</code>
      {directions.length > 0 && (
        <>
          , <code>direction:{directions[0]!.name}</code>
        </>
      )}
      {names.length > 0 && (
        <>
          , <code>{labelWord(names[0]!.name)}</code>
        </>
      )}
      .
    </p>
  );
}
