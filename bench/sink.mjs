// A server that takes uploads and answers ids, doing as little as it can: what is measured is the client.
// Usage: node sink.mjs [answer delay in ms]; its first line on stdout is its port.
import { createServer } from "node:net";

const delayMs = Number(process.argv[2] ?? 0);
const END_OF_HEAD = Buffer.from("\r\n\r\n");
let count = 0;

const server = createServer({ noDelay: true }, (socket) => {
  let head = Buffer.alloc(0);
  let bodyLeft = 0;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    if (bodyLeft > 0) return takeBody(chunk);
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const end = head.indexOf(END_OF_HEAD);
    if (end === -1) return;
    bodyLeft = lengthOf(socket, head.toString("latin1", 0, end));
    const body = head.subarray(end + END_OF_HEAD.length);
    head = Buffer.alloc(0);
    takeBody(body);
  });

  // Nobody sends the next request before this one is answered.
  function takeBody(bytes) {
    bodyLeft -= bytes.length;
    if (bodyLeft > 0) return;
    if (delayMs > 0) setTimeout(() => answer(socket), delayMs);
    else answer(socket);
  }
});

function lengthOf(socket, head) {
  if (/^expect: *100-continue/im.test(head)) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
  return Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
}

function answer(socket) {
  count += 1;
  const id = `IM_${count.toString(36).padStart(13, "0")}`;
  const body = `{"result":{"id":"${id}"},"meta":{"httpStatus":"200 - OK","requestId":"0"}}`;
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
// The bench ends it by closing its stdin.
process.stdin.resume().on("end", () => process.exit(0));
