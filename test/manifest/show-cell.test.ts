import { describe, expect, it } from "vitest";
import { showNumber, showText } from "../../src/manifest/show-cell.ts";

// What Excel shows for each, whatever the computer's language.
describe("a number as a person sees it", () => {
  it.each([
    [12, "General", "12"],
    [-5, "General", "-5"],
    [99_999_999_999, "General", "99999999999"],
    [12, "0000", "0012"],
    [12, "0", "12"],
    [0, "0", "0"],
    [0, "#", ""],
    [7, '"IMG_"000', "IMG_007"],
    [7, '"IMG_"000".png"', "IMG_007.png"],
    [1234567, "000-0000", "123-4567"],
    [12345678, "000-0000", "1234-5678"],
    [7, "00\\-00", "00-07"],
    [1.6, "0", "2"],
    [0.25, "0%", "25%"],
    [-3, "0;(0)", "(3)"],
    [0, '0;-0;"none"', "none"],
    [3, '[Red]0" pictures"', "3 pictures"],
    [5, "@", "5"],
    [5, "", "5"],
    [12, "[$€-407] 0", "€ 12"],
    [12, "[$-409]0000", "0012"],
    [26, '"Set "@', "26"],
    [12, '_-* 0 "x"_-', "12 x"],
    [5, "[>3]0;00", "5"],
    [2, "[>3]0;00", "02"],
    [1, '[=1]"male";[=2]"female";"other"', "male"],
    [3, '[=1]"male";[=2]"female";"other"', "other"],
    [45292, "yyyy-mm-dd", "2024-01-01"],
    [45292, "yyyy\\-mm\\-dd;@", "2024-01-01"],
    [45292, "dd.mm.yyyy", "01.01.2024"],
    [45292, "[$-409]yyyymmdd", "20240101"],
    [45292.5, 'yyyymmdd"T"hhmmss', "20240101T120000"],
    [45351, "d.m.yy", "29.2.24"],
  ])("%d in the format %s is %s", (value, format, shown) => {
    expect(showNumber(value, format, false)).toBe(shown);
  });

  it("counts days from 1904 where the workbook does", () => {
    expect(showNumber(43830, "yyyy-mm-dd", true)).toBe("2024-01-01");
  });

  // Decimal points, thousands, month names, short dates and separators follow the computer's settings.
  it.each([
    [1.5, "General"],
    [123_456_789_012, "General"],
    [1.5, "0.00"],
    [1234, "#,##0"],
    [12, "0E+00"],
    [0.5, "# ?/?"],
    [45292, "m/d/yyyy"],
    [45292, "d mmm yyyy"],
    [45292, "dddd"],
    [0.5, "hh:mm"],
    [0.5, "[h]mm"],
    [45292, "[$-F800]dddd, mmmm dd, yyyy"],
    [59, "yyyy-mm-dd"],
    [-1, "yyyy-mm-dd"],
    [5, "[>3]0"],
    [5, "0;[>3]00"],
    [-5, "[>3]0;00"],
    [1e16, "0"],
    [5, "0@"],
    [5, "@;0"],
    [1.5, "[Red]"],
    [1234, "[$€-407] #,##0"],
    [1.5, "[$-407]0.00"],
    [45292, "[$-409]mmmm"],
    [45292, "[$-411]e"],
    [45292, "[$-x-sysdate]dddd"],
    [45292, "[$-F800]yyyy-mm-dd"],
    [45292.5, "yyyymmdd hh AM/PM"],
    [45292.5, "yyyymmddss.00"],
  ])("%d in the format %s depends on the computer", (value, format) => {
    expect(showNumber(value, format, false)).toBeUndefined();
  });

  it("adds what a format adds to a text", () => {
    expect(showText("sun", '@".png"')).toBe("sun.png");
    expect(showText("sun", "0;-0;0;@@")).toBe("sunsun");
    expect(showText("sun", "0000")).toBe("sun");
    expect(showText("sun", "General")).toBe("sun");
    expect(showText("sun", '_-* #,##0.00\\ "$"_-;\\-* #,##0.00_-;_-* "-"??_-;_-@_-')).toBe("sun");
  });
});
