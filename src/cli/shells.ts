/** The shells that `qgfx complete` has a script for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"];
