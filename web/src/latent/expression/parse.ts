// From words to a tree.
import { ExpressionError, quoted, type Token, tokensOf } from "./tokens";

export interface Node {
  readonly token: Token;
  readonly parts: readonly Node[];
}

/** How many arguments a function takes, at least and at most. */
export const FUNCTIONS: Readonly<Record<string, readonly [number, number]>> = {
  abs: [1, 1],
  mean: [1, 10_000],
  norm: [1, 1],
  lerp: [3, 3],
  slerp: [3, 3],
};
const MOST_DEEP = 100;

/** An expression as a tree. Throws an ExpressionError where it is none. */
export function parse(text: string): Node {
  const reader = new Reader(text);
  const tree = reader.sum();
  if (reader.next.kind !== "end") throw reader.unexpected("an operator");
  return tree;
}

class Reader {
  private readonly tokens: Token[];
  private place = 0;
  private depth = 0;

  constructor(private readonly text: string) {
    this.tokens = tokensOf(text);
  }

  get next(): Token {
    return this.tokens[this.place]!;
  }

  sum(): Node {
    return this.chain("+-", () => this.product());
  }

  unexpected(wanted: string): ExpressionError {
    const found = this.next.text ? `not ${quoted(this.next.text)}` : "but the expression ends";
    return new ExpressionError(`${wanted} is expected, ${found}`, this.text, this.next.at);
  }

  private take(): Token {
    return this.tokens[this.place++]!;
  }

  private product(): Node {
    return this.chain("*", () => this.signed());
  }

  private chain(marks: string, part: () => Node): Node {
    let left = part();
    while (this.next.kind === "mark" && marks.includes(this.next.text)) {
      const token = this.take();
      left = { token, parts: [left, part()] };
    }
    return left;
  }

  private signed(): Node {
    if (++this.depth > MOST_DEEP) {
      throw new ExpressionError(`brackets and signs go at most ${MOST_DEEP} deep`, this.text, this.next.at);
    }
    const found = this.next.text === "-" ? { token: this.take(), parts: [this.signed()] } : this.atom();
    this.depth--;
    return found;
  }

  private atom(): Node {
    const token = this.next;
    if (token.kind === "number" || token.kind === "source") return { token: this.take(), parts: [] };
    if (token.kind === "name") {
      this.take();
      return this.next.text === "(" ? this.call(token) : { token, parts: [] };
    }
    if (token.text !== "(") throw this.unexpected("a name, a number, a source such as seed:12, or a bracket");
    this.take();
    const inner = this.sum();
    this.close();
    return inner;
  }

  private call(name: Token): Node {
    const limits = Object.hasOwn(FUNCTIONS, name.text) ? FUNCTIONS[name.text]! : null;
    if (limits === null) {
      const known = Object.keys(FUNCTIONS)
        .map((one) => `${one}()`)
        .join(", ");
      throw new ExpressionError(`there is no function ${name.text}(): there are ${known}`, this.text, name.at);
    }
    this.take();
    const parts = [this.sum()];
    while (this.next.text === ",") {
      this.take();
      parts.push(this.sum());
    }
    this.close();
    if (parts.length < limits[0] || parts.length > limits[1]) throw this.miscounted(name, parts, limits);
    return { token: { kind: "call", text: name.text, at: name.at }, parts };
  }

  private miscounted(name: Token, parts: readonly Node[], [least, most]: readonly [number, number]): ExpressionError {
    const count = most === least ? `${least} argument${least > 1 ? "s" : ""}` : "at least one argument";
    const swallowed = parts.some((part) => part.token.kind === "source" && part.token.text.includes(","));
    const hint = swallowed ? "; a number right after a comma is one more seed: write a space before it" : "";
    return new ExpressionError(`${name.text}() takes ${count}, not ${parts.length}${hint}`, this.text, name.at);
  }

  private close(): void {
    if (this.next.text !== ")") throw this.unexpected("a closing bracket or an operator");
    this.take();
  }
}
