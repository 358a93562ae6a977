import { Lexer } from "yaml";

/** Nesting that is parsed; the parser recurses and a deep text can end the process (reliability: Facts). */
export const MAX_DEPTH = 64;

/** Tokens that are parsed: up to 400 bytes each while the document is composed, some 25,000 images in all. */
export const MAX_TOKENS = 800_000;

/** Why a text is not handed to the parser, and where. */
export interface YamlExcess {
  what: "depth" | "tokens";
  /** 1-based. */
  line: number;
}

/** The lexer's mark in front of a plain scalar, and its other marks, which take no room in the text. */
const SCALAR_MARK = "\u001f";
const MARKS = ["\ufeff", "\u0002", "\u0018", SCALAR_MARK];

/**
 * Depth so far: flow brackets are counted, block nesting is the stack of columns in which tokens began, which
 * overstates the depth of harmless texts by two or three. A block scalar's text begins with its indentation and
 * does not count.
 */
class DepthGauge {
  line = 1;
  private column = 0;
  private flow = 0;
  private readonly columns: number[] = [];

  get depth(): number {
    return this.flow + this.columns.length;
  }

  take(token: string, isScalar: boolean): void {
    if (!isScalar && (token === "{" || token === "[")) this.flow += 1;
    else if (!isScalar && (token === "}" || token === "]")) this.flow = Math.max(0, this.flow - 1);
    else if (this.flow === 0 && /^[^\s#]/.test(token)) this.enter();
    this.advance(token);
  }

  private enter(): void {
    while ((this.columns.at(-1) ?? -1) >= this.column) this.columns.pop();
    this.columns.push(this.column);
  }

  private advance(token: string): void {
    const newline = token.lastIndexOf("\n");
    this.column = newline === -1 ? this.column + token.length : token.length - newline - 1;
    for (let at = token.indexOf("\n"); at !== -1; at = token.indexOf("\n", at + 1)) this.line += 1;
  }
}

/** Finds, with the lexer alone, what the parser must not be given. */
export function findYamlExcess(text: string): YamlExcess | undefined {
  const gauge = new DepthGauge();
  let tokens = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > MAX_TOKENS) return { what: "tokens", line: gauge.line };
    if (isScalar || !MARKS.includes(token)) gauge.take(token, isScalar);
    isScalar = !isScalar && token === SCALAR_MARK;
    if (gauge.depth > MAX_DEPTH) return { what: "depth", line: gauge.line };
  }
  return undefined;
}
