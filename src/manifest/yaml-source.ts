import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from "yaml";
import type { Place } from "./diagnostic.ts";

type Path = readonly PropertyKey[];

/** A composed document that can say where each of its parts stands in the file. */
export class YamlSource {
  readonly file: string;
  readonly document: Document;
  private readonly lines: LineCounter;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.document = document;
    this.lines = lines;
  }

  /** The node a path of the schema leads to; undefined: there is none. */
  nodeAt(path: Path): Node | undefined {
    const node = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    return isNode(node) ? node : undefined;
  }

  /** Whether there is a list of images at all. */
  hasGraphics(): boolean {
    return isSeq(this.nodeAt(["graphics"]));
  }

  /** The keys of the map at `path`, as written. */
  keysAt(path: Path): { name: string; node: Node }[] {
    const map = this.nodeAt(path);
    if (!isMap(map)) return [];
    return map.items.flatMap(({ key }) =>
      isScalar(key) ? [{ name: String(key.value), node: key }] : [],
    );
  }

  /** Where the value at `path` stands. */
  placeOf(path: Path): Place {
    return this.placeOfOffset(offsetOf(this.nodeAt(path)), path);
  }

  /** Where a key of the map at `path` stands. */
  placeOfKey(path: Path, key: string): Place {
    const found = this.keysAt(path).find(({ name }) => name === key);
    return this.placeOfOffset(offsetOf(found?.node), path);
  }

  /** Where an offset stands; inside an image the line is the one where the image starts (contract: Machine output). */
  placeOfOffset(offset: number, path: Path = []): Place {
    const { line, col } = this.lines.linePos(offset);
    const isInImage = path[0] === "graphics" && path.length > 1;
    return { file: this.file, line: isInImage ? this.lineOf(path.slice(0, 2)) : line, column: col };
  }

  /** The line where the value at `path` starts, 1-based. */
  lineOf(path: Path): number {
    return this.lines.linePos(offsetOf(this.nodeAt(path))).line;
  }

  /** The column where a node starts, 1-based. */
  columnOf(node: Node): number {
    return this.lines.linePos(offsetOf(node)).col;
  }
}

function offsetOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}
