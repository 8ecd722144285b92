// "0-31,40" as seeds, by the rules of the command's `--seeds`. Seeds are kept as text: they may be of any size.
import { WordError } from "./expression/evaluate";
import { quoted } from "./expression/tokens";

const MOST = 10_000_000n; // in a range, as on the command line
const MOST_HERE = 4096; // vectors at once: a page has less room than the command

/** Throws a WordError where the text is no list of seeds. */
export function parseSeeds(text: string, option: string): string[] {
  const found = text.split(",").flatMap((part) => {
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (match === null) throw new WordError(`${option} is numbers and ranges such as 0-31,40, not ${quoted(text)}`);
    const first = BigInt(match[1]!);
    const last = BigInt(match[2] ?? match[1]!);
    if (first > last) throw new WordError(`a range of ${option} runs upwards, not ${quoted(part)}`);
    if (last - first >= MOST)
      throw new WordError(`a range of ${option} has at most 10,000,000 numbers, not ${quoted(part)}`);
    const count = Math.min(Number(last - first) + 1, MOST_HERE + 1);
    return Array.from({ length: count }, (_, i) => (first + BigInt(i)).toString());
  });
  if (found.length > MOST_HERE)
    throw new WordError(`${option} names more than 4,096 vectors, which is too many for this page`);
  return found;
}
