/** Thrown where a question was interrupted: the user has been told of it, and nothing was done. */
export class QuestionInterrupted extends Error {
  constructor() {
    super("interrupted at a question");
    this.name = "QuestionInterrupted";
  }
}
