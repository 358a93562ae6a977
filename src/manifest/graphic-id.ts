// qualtrics-api, Answers.
const GRAPHIC_ID = /^IM_[a-zA-Z0-9]{11,15}$/;

/** Whether a text has the form of a graphic's id. */
export function isGraphicId(text: string): boolean {
  return GRAPHIC_ID.test(text);
}
