// SPDX-License-Identifier: Apache-2.0
// A WebSocket of the npm package ws, told what to do and saying what it sees, a line of JSON each.
//
//     node websocket.mjs URL [SUBPROTOCOL...]
//
// It is told {"text": "..."}, {"binary": "base64"}, {"ping": "..."}, {"close": [code, reason]} or
// {"terminate": true}, and says {"open": "subprotocol"}, {"refused": status}, {"text": "..."},
// {"binary": "base64"}, {"ping": "..."}, {"pong": "..."}, {"close": [code, reason]}.
import { createInterface } from "node:readline";
import WebSocket from "ws";

const [url, ...subprotocols] = process.argv.slice(2);
const say = (seen) => process.stdout.write(JSON.stringify(seen) + "\n");
const socket = new WebSocket(url, subprotocols, { perMessageDeflate: true });

socket.on("open", () => say({ open: socket.protocol }));
socket.on("unexpected-response", (_, answer) => say({ refused: answer.statusCode }));
socket.on("message", (data, isBinary) =>
  say(isBinary ? { binary: data.toString("base64") } : { text: data.toString() }));
socket.on("ping", (data) => say({ ping: data.toString() }));
socket.on("pong", (data) => say({ pong: data.toString() }));
socket.on("error", () => {}); // "close" follows, with the code
socket.on("close", (code, reason) => say({ close: [code, reason.toString()] }));

const commands = createInterface({ input: process.stdin });
commands.on("line", (line) => {
  const told = JSON.parse(line);
  if ("text" in told) socket.send(told.text);
  if ("binary" in told) socket.send(Buffer.from(told.binary, "base64"));
  if ("ping" in told) socket.ping(told.ping);
  if ("close" in told) socket.close(...told.close);
  if ("terminate" in told) socket.terminate();
});
commands.on("close", () => process.exit());
