import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isInstalled } from "./measure.mjs";

const SINK = fileURLToPath(new URL("sink.mjs", import.meta.url));

/** What answers the uploads, in a process of its own: nginx where it is installed, else a bare sink of ours. */
export async function startService(dir, { delayMs = 0 } = {}) {
  if (delayMs === 0 && isInstalled("nginx", "-v")) return startNginx(dir);
  const sink = spawn(process.execPath, [SINK, String(delayMs)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(sink.stdout, "data");
  return {
    name: "a bare sink",
    url: `http://127.0.0.1:${Number(line)}`,
    close: () => sink.stdin.end(),
  };
}

async function startNginx(dir) {
  const home = join(dir, "nginx");
  mkdirSync(home);
  const port = await freePort();
  writeFileSync(join(home, "nginx.conf"), nginxConfig(home, port));
  const args = ["-p", home, "-c", join(home, "nginx.conf"), "-e", join(home, "error.log")];
  const nginx = spawn("nginx", args, { stdio: "ignore" });
  await delay(500);
  return { name: "nginx", url: `http://127.0.0.1:${port}`, close: () => nginx.kill() };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function nginxConfig(home, port) {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${home}/${name};`)
    .join("\n  ");
  return `daemon off;
pid ${home}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary}
  client_max_body_size 0;
  keepalive_requests 1000000;
  map $request_id $graphic { "~^(?<start>.{15})" "IM_$start"; }
  server {
    listen 127.0.0.1:${port};
    default_type application/json;
    location / { return 200 '{"result":{"id":"$graphic"},"meta":{"httpStatus":"200 - OK","requestId":"0"}}'; }
  }
}
`;
}
