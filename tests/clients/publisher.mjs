// SPDX-License-Identifier: Apache-2.0
// A publisher of the npm package @fanoutio/grip: publishes once, as a line of JSON on standard input
// tells, and says what became of it.
//
//     {"config": URL, object, or list of them, "channel": "...", "formats": [{...}],
//      "id": "...", "prevId": "..."}
//     {"fanout": {"serviceId": ..., "apiToken": ..., "baseUrl": ...}, ...} in place of "config"
//
// Each format is {"stream": ...}, {"response": ...} or {"message": ...}: what its class is made of.
// It says {"published": true} or {"refused": status, "body": "..."}.
import { text } from "node:stream/consumers";
import { HttpResponseFormat, HttpStreamFormat, Publisher, WebSocketMessageFormat } from
  "@fanoutio/grip";
import { buildFanoutGripConfig } from "@fanoutio/grip/fastly-fanout";

const bytesOr = (value) => (value?.base64 ? Buffer.from(value.base64, "base64") : value);
const kinds = {
  stream: (content) => new HttpStreamFormat(bytesOr(content)),
  close: () => new HttpStreamFormat(null, true),
  response: (parts) => new HttpResponseFormat(parts),
  message: (content) => new WebSocketMessageFormat(bytesOr(content)),
};
const made = (format) => {
  const [[kind, value]] = Object.entries(format);
  return kinds[kind](value);
};

const told = JSON.parse(await text(process.stdin));
const publisher = new Publisher(told.fanout ? buildFanoutGripConfig(told.fanout) : told.config);
let seen = { published: true };
try {
  await publisher.publishFormats(told.channel, told.formats.map(made), told.id, told.prevId);
} catch (error) {
  if (error.context === undefined) throw error;
  seen = { refused: error.context.statusCode, body: error.context.httpBody };
}
process.stdout.write(JSON.stringify(seen) + "\n");
