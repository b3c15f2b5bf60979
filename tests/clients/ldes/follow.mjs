// Follow an event stream and print one line of JSON a member: its name and its statements.
// usage: node follow.mjs ADDRESS STATE_DIRECTORY [follow]
import { replicateLDES, intoConfig } from "ldes-client";

const [url, statePath, follow] = process.argv.slice(2);
const client = replicateLDES(
  intoConfig({ url, statePath, polling: follow === "follow", pollInterval: 300 }),
  "ascending",
);
const reader = client.stream({ highWaterMark: 10 }).getReader();
for (let next = await reader.read(); !next.done; next = await reader.read()) {
  const { id, quads, isVersionOf, timestamp, type } = next.value;
  const plain = ({ termType, value, language, datatype }) => ({ termType, value, language, datatype: datatype?.value });
  const statements = quads.map((quad) => [...[quad.subject, quad.predicate, quad.object].map(plain), quad.graph.value]);
  console.log(JSON.stringify({ id: id.value, isVersionOf, timestamp, type: type?.value, statements }));
}
