// A service with a limit of requests a minute, an answer time, a stray 429 and a line of so many bytes a second, in a
// process of its own. Usage: node limited.mjs '{"answerMs","perMinute","strayAt","bytesPerSecond"}'; its first line on
// stdout is its port, its last one, once stdin ends, what it saw.
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";

const {
  answerMs = 20,
  perMinute = 0,
  strayAt = 0,
  bytesPerSecond = 0,
} = JSON.parse(process.argv[2]);
const seen = { accepted: 0, refused: 0, mostUnderWay: 0, acceptedAtMs: [] };
let underWay = 0;
let requests = 0;
let answers = 0;
// A bucket of one second's requests, as in front of many services.
const capacity = Math.max(1, perMinute / 60);
let tokens = capacity;
let filledAtMs = performance.now();

function isLetIn() {
  requests += 1;
  if (requests === strayAt) return false;
  if (perMinute === 0) return true;
  const nowMs = performance.now();
  tokens = Math.min(capacity, tokens + ((nowMs - filledAtMs) * perMinute) / 60_000);
  filledAtMs = nowMs;
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

const server = createServer((request, response) => {
  underWay += 1;
  seen.mostUnderWay = Math.max(seen.mostUnderWay, underWay);
  const letIn = isLetIn();
  const atMs = performance.now();
  // Not the images that are fetched back once all is uploaded.
  if (letIn && request.method === "POST") seen.acceptedAtMs.push(atMs);
  const answer = () => {
    underWay -= 1;
    answers += 1;
    if (request.method === "POST") {
      seen[letIn ? "accepted" : "refused"] += 1;
      seen.lastAnswerMs = performance.now();
    }
    const id = `IM_${answers.toString(36).padStart(13, "0")}`;
    const body = letIn
      ? `{"result":{"id":"${id}"},"meta":{"httpStatus":"200 - OK","requestId":"0"}}`
      : '{"meta":{"httpStatus":"429 - Too Many Requests","error":{"errorMessage":"slow down"}}}';
    response.writeHead(letIn ? 200 : 429, { "content-type": "application/json" }).end(body);
  };
  request.on("end", () => setTimeout(answer, answerMs));
  if (bytesPerSecond === 0) request.resume();
  else request.on("data", (chunk) => hold(request, chunk.length));
});
server.keepAliveTimeout = 60_000;

// The line: whoever sent more than its turn waits until the bytes before it would have come through.
let lineFreeAtMs = 0;
function hold(request, bytes) {
  const nowMs = performance.now();
  lineFreeAtMs = Math.max(lineFreeAtMs, nowMs) + (bytes * 1000) / bytesPerSecond;
  request.pause();
  setTimeout(() => request.resume(), lineFreeAtMs - nowMs);
}

server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume().on("end", () => {
  const [first = 0] = seen.acceptedAtMs;
  const { acceptedAtMs, ...told } = seen;
  const gaps = { firstMs: first, lastSentMs: acceptedAtMs.at(-1) ?? 0 };
  process.stdout.write(
    `${JSON.stringify({ ...told, ...gaps, backMs: backMs(acceptedAtMs) })}\n`,
    () => process.exit(0),
  );
});

/** After the longest gap: how long until a second brings 95 % of the allowed rate again. */
function backMs(atMs) {
  let gap = 0;
  for (let index = 1; index < atMs.length; index += 1) {
    if (atMs[index] - atMs[index - 1] > atMs[gap + 1] - atMs[gap]) gap = index - 1;
  }
  const start = atMs[gap] ?? 0;
  const wanted = Math.floor((0.95 * perMinute) / 60) - 1;
  for (let index = gap + 1; index + wanted < atMs.length; index += 1) {
    if (atMs[index + wanted] - atMs[index] <= 1000) return atMs[index] - start;
  }
  return Number.POSITIVE_INFINITY;
}
