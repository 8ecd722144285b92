// The words of an expression. The grammar stands in `dcgan.latent.expression`; cases that both sides' tests read
// (tests/latent/expression_cases.json) hold this to it, errors included.

export type Kind = "source" | "number" | "name" | "mark" | "end" | "call";

export interface Token {
  readonly kind: Kind;
  readonly text: string;
  /** Where it begins, in UTF-16 units. */
  readonly at: number;
}

/** An expression that cannot be read or computed: a sentence, then the expression and a pointer. */
export class ExpressionError extends Error {
  constructor(sentence: string, text: string, at: number) {
    const place = [...text.slice(0, at)].length;
    super(`${sentence}, at character ${place + 1}:\n  ${text}\n  ${" ".repeat(place)}^`);
  }
}

const SEEDS = String.raw`seed:\p{Nd}+(?:-\p{Nd}+)?(?:,\p{Nd}+(?:-\p{Nd}+)?(?![\p{Nd}.]))*`;
const QUOTED = String.raw`[a-z]+:(?:'[^']*'|"[^"]*")`;
const FILE = String.raw`file:[^\s,()*+'"#]+(?:#\p{Nd}+(?:-\p{Nd}+)?(?:,\p{Nd}+(?:-\p{Nd}+)?(?![\p{Nd}.]))*)?`;
const PLAIN = String.raw`[a-z]+:[^\s,()*+'"]+`;
const TOKEN = new RegExp(
  String.raw`\s*(?:(?<source>${SEEDS}|${QUOTED}|${FILE}|${PLAIN})|(?<number>(?:\p{Nd}+\.?\p{Nd}*|\.\p{Nd}+)(?:[eE][+\-]?\p{Nd}+)?)` +
    String.raw`|(?<name>[A-Za-z_][\p{L}\p{N}_]*)|(?<mark>[\-+*\(\),])|(?<end>$)|(?<wrong>.))`,
  "suy",
);

/** An expression's words, the last of kind "end". */
export function tokensOf(text: string): Token[] {
  const found: Token[] = [];
  for (;;) {
    TOKEN.lastIndex = found.length ? end(found.at(-1)!) : 0;
    const match = TOKEN.exec(text)!;
    const [kind, word] = Object.entries(match.groups!).find(([, value]) => value !== undefined)! as [
      Kind | "wrong",
      string,
    ];
    const at = TOKEN.lastIndex - word.length;
    if (kind === "wrong") throw new ExpressionError(`${quoted(word)} has no meaning in an expression`, text, at);
    found.push({ kind, text: word, at });
    if (kind === "end") return found;
  }
}

/** A word in quotes, as Python's repr writes it. */
export function quoted(word: string): string {
  const mark = word.includes("'") && !word.includes('"') ? '"' : "'";
  const inner = word.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r");
  return mark + (mark === "'" ? inner.replaceAll("'", "\\'") : inner) + mark;
}

function end(token: Token): number {
  return token.at + token.text.length;
}
