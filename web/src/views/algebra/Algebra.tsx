// Pictures in slots, signs between them, and the result at once; and the same as a line of text.
import { expressionOf } from "../../state/board";
import { solved } from "../../state/solved";
import { board } from "../../state/state";
import { Averages } from "./Averages";
import { Board } from "./Board";
import { Line } from "./Line";

export function Algebra() {
  const text = board.value.typed ?? expressionOf(board.value);
  const result = solved(text);
  return (
    <div class="algebra">
      <Board text={text} result={result} />
      <Line text={text} result={result} />
      <Averages />
    </div>
  );
}
