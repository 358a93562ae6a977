import fc from "fast-check";
import { expect, it } from "vitest";
import { AddressIndex, indexAddresses } from "../../src/manifest/address-index.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 3 });
const place = fc.record({ folder: text, name: text });
const isSame = (a: { folder: string; name: string }) => (b: { folder: string; name: string }) =>
  a.folder === b.folder && a.name === b.name;

it("finds the first entry with an address, however many there are", () => {
  fc.assert(
    fc.property(fc.array(place, { maxLength: 200 }), fc.array(place), (list, others) => {
      const index = indexAddresses(list);
      for (const one of [...list, ...others]) {
        const at = list.findIndex(isSame(one));
        expect(index.find(one)).toBe(at === -1 ? undefined : at);
      }
    }),
  );
});

it("tells which entry has an address already", () => {
  fc.assert(
    fc.property(fc.array(place, { maxLength: 200 }), (list) => {
      const index = new AddressIndex(list);
      for (const [at, one] of list.entries()) {
        expect(index.add(at)).toBe(list.slice(0, at).find(isSame(one)));
      }
    }),
  );
});

it("knows an entry only once it is added", () => {
  const index = new AddressIndex([{ folder: "F", name: "a" }]);
  expect(index.find({ folder: "F", name: "a" })).toBeUndefined();
});
