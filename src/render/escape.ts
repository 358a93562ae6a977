export { escapeText } from "./terminal-text.ts";
