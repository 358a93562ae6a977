import type { Socket } from "node:net";
import { answer, type Fault, goodBody, type Scene } from "./wire-server.ts";

/** What must become of the row under the fault, and of the run. */
export interface Expected {
  /** Any of these, where the network alone decides which. */
  row: readonly ("uploaded" | "unknown" | "failed" | "not-run")[];
  /** Of the other rows. */
  others: "uploaded" | "not-run";
  /** Results of the row's attempts, joined by `>`. */
  attempts: RegExp;
  /** Exit codes, in the order of `row`. */
  codes: readonly number[];
}

/** One line of the matrix. */
export interface WireCase extends Fault {
  name: string;
  expected: Expected;
  /** Plays on the request before the row's own, on the connection that is then reused. */
  isBefore?: boolean;
  /** Ends only at a deadline of half a minute. */
  slow?: boolean;
}

const one = (row: Expected["row"][number], code: number, attempts: RegExp): Expected => ({
  row: [row],
  others: "uploaded",
  codes: [code],
  attempts,
});

export const UPLOADED: Expected = one("uploaded", 0, /^uploaded$/);
export const UNKNOWN: Expected = one("unknown", 5, /^unknown$/);
export const FAILED: Expected = one("failed", 3, /^failed$/);
export const RETRIED: Expected = one("uploaded", 0, /^refused>uploaded$/);
export const UNSENT: Expected = one("uploaded", 0, /^not-sent>uploaded$/);
export const STOPPED: Expected = { ...one("failed", 8, /^failed$/), others: "not-run" };
export const STOPPED_UNKNOWN: Expected = { ...one("unknown", 8, /^unknown$/), others: "not-run" };
/** A connection that breaks as it is made: the first byte had gone or not. */
const UNSENT_OR_UNKNOWN: Expected = {
  row: ["uploaded", "unknown"],
  others: "uploaded",
  codes: [0, 5],
  attempts: /^(not-sent>uploaded|unknown)$/,
};

const BREAKS: Record<string, (scene: Scene) => void> = {
  reset: ({ raw }) => void raw.resetAndDestroy(),
  close: ({ raw }) => void raw.destroy(),
  end: ({ socket }) => void socket.end(),
};

const MOMENTS = ["headers", 0, 0.25, 0.5, 0.99, 1] as const;

/** Breaks that only a first connection meets. */
export function acceptCases(isTls: boolean): WireCase[] {
  const expected = isTls ? UNSENT : UNSENT_OR_UNKNOWN;
  return Object.entries(BREAKS).map(([how, act]) => ({
    name: `${how} at accept`,
    when: "accept",
    act,
    expected,
  }));
}

/** Breaks that only a reused connection meets: the server lets go of it behind a good answer. */
export function idleCases(): WireCase[] {
  const breaks = Object.entries(BREAKS);
  return [0, 2, 10].flatMap((delayMs) =>
    breaks.map(([how, act]) => ({
      name: `${how} ${delayMs} ms behind the answer before`,
      when: 1,
      isBefore: true,
      act: (scene: Scene) => {
        scene.socket.write(answer("200 OK", goodBody(scene.id)), () => {
          if (delayMs === 0) act(scene);
          else setTimeout(act, delayMs, scene);
        });
      },
      expected: { ...UNSENT_OR_UNKNOWN, attempts: /^(uploaded|not-sent>uploaded|unknown)$/ },
    })),
  );
}

/** Connections that break: in the headers, in the body and behind it, within the answer. */
export function breakCases(): WireCase[] {
  return Object.entries(BREAKS).flatMap(([how, act]) => [
    ...MOMENTS.map((when) => ({
      name: `${how} after ${momentName(when)}`,
      when,
      act,
      expected: UNKNOWN,
    })),
    ...ANSWER_PARTS.map(([part, cut]) => ({
      name: `${how} after the answer's ${part}`,
      when: 1,
      act: (scene: Scene) => {
        const whole = answer("200 OK", goodBody(scene.id));
        scene.socket.write(whole.subarray(0, cut(whole)), () => act(scene));
      },
      expected: UNKNOWN,
    })),
  ]);
}

function momentName(when: (typeof MOMENTS)[number]): string {
  return when === "headers" ? "20 bytes of its headers" : `${when * 100} % of the body`;
}

const ANSWER_PARTS: readonly [string, (whole: Buffer) => number][] = [
  ["first byte", () => 1],
  ["status line", (whole) => whole.indexOf("\r\n") + 2],
  ["headers", (whole) => whole.indexOf("\r\n\r\n") + 4],
  ["id, all but its last byte", (whole) => whole.length - 1],
];

/** Answers that do not come in time. */
export const SLOW_CASES: readonly WireCase[] = [
  ["no answer", () => {}],
  ["one byte of an answer", ({ socket }: Scene) => void socket.write("H")],
  [
    "headers and no body",
    ({ socket }: Scene) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
  ],
  ["a header byte by byte", ({ socket }: Scene) => drip(socket, "HTTP/1.1 200 OK\r\nX-Drip: ")],
  [
    "a body byte by byte",
    ({ socket }: Scene) => drip(socket, "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"),
  ],
  [
    "one 103 after the other",
    ({ socket }: Scene) => drip(socket, "", "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n"),
  ],
].map(([name, act]) => ({
  name: `stall: ${name}`,
  when: 1,
  act: act as Fault["act"],
  slow: true,
  expected: UNKNOWN,
}));

function drip(socket: Socket, first: string, drop = "x"): void {
  if (first !== "") socket.write(first);
  const timer = setInterval(() => socket.write(drop), 200);
  socket.on("close", () => clearInterval(timer));
}
