/** The screens, as the address names them behind `#`. */
export const SCREENS = [
  "start",
  "sheet",
  "preview",
  "upload",
  "unknowns",
  "ids",
  "history",
] as const;
export type Screen = (typeof SCREENS)[number];

/** The screen that an address's hash names; undefined: none of them. */
export function screenOf(hash: string): Screen | undefined {
  return SCREENS.find((screen) => hash === `#${screen}`);
}

/** Goes to a screen; `back` leads to the one before. */
export function goTo(screen: Screen): void {
  location.hash = screen;
}
