/** A sheet's text without rows that hold nothing: where columns are formatted as a whole there may be a million. */
export function filledRows(xml: string, most = Number.POSITIVE_INFINITY): string {
  const end = xml.lastIndexOf("</", xml.lastIndexOf("sheetData>"));
  const prefix = /^<\/([\w.-]+:)?sheetData/.exec(xml.slice(end, end + 100))?.[1] ?? "";
  const [open, close] = [`<${prefix}row`, `</${prefix}row>`];
  // In comments and CDATA may be whatever there likes to be, and a row without a number follows the one before.
  if (end === -1 || xml.includes("<!") || new RegExp(`${open}(?![^<>]*\\sr=)`).test(xml))
    return xml;
  let from = xml.indexOf(open);
  const pieces = [xml.slice(0, from)];
  const marks = [`</${prefix}v`, `</${prefix}is`, `<${prefix}f`].map((text) => ({ text, at: -1 }));
  for (let count = 0; count < most; count += 1) {
    for (const mark of marks) {
      if (mark.at < from) mark.at = nextOf(xml, mark.text, from);
    }
    const at = Math.min(...marks.map((mark) => mark.at));
    if (at > end) break;
    const stop = nextOf(xml, close, at) + close.length;
    pieces.push(xml.slice(xml.lastIndexOf(open, at), stop));
    from = stop;
  }
  return pieces.join("") + xml.slice(end);
}

function nextOf(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from);
  return at === -1 ? Number.POSITIVE_INFINITY : at;
}
