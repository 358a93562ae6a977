import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBytes, formatCount } from "../../src/report/units.ts";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** As the platform writes it. */
function intlBytes(sizeBytes: number): string {
  const step = Math.min(3, Math.floor(Math.log10(Math.max(sizeBytes, 1)) / 3));
  return new Intl.NumberFormat("en", {
    style: "unit",
    unit: UNITS[step] ?? "gigabyte",
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: 1,
  }).format(sizeBytes / 1000 ** step);
}

describe("bytes", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_000, "1 kB"],
    [1_049, "1 kB"],
    [1_050, "1.1 kB"],
    [1_150, "1.2 kB"],
    [30_249, "30.2 kB"],
    [999_949, "999.9 kB"],
    [999_950, "1,000 kB"],
    [1_000_000, "1 MB"],
    [5_000_000_000, "5 GB"],
    [1_234_567_890_123, "1,234.6 GB"],
  ])("%d are %s", (sizeBytes, text) => {
    expect(formatBytes(sizeBytes)).toBe(text);
  });

  it("of any number read as the platform writes them", () => {
    const sizes = fc.oneof(fc.nat(), fc.nat({ max: 20_000 }), fc.nat({ max: 4_000_000_000_000 }));
    fc.assert(
      fc.property(sizes, (sizeBytes) => {
        expect(formatBytes(sizeBytes)).toBe(intlBytes(sizeBytes));
      }),
      { numRuns: 1_000 },
    );
  });
});

it("counts have thousands separators", () => {
  const platform = new Intl.NumberFormat("en");
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (count) => {
      expect(formatCount(count)).toBe(platform.format(count));
    }),
  );
});
