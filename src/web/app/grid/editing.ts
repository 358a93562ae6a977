/** What a cell that is being edited starts with, and who hears of its end. */
export interface Editing {
  column: number;
  text: string;
  end(text: string | null, then: "down" | "right" | "left" | "stay"): void;
}
