// Fetches one record and prints its cells: node dist/fetch.js http://127.0.0.1:7411 SUBJECT YEAR

import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { State } from "./stubs/gongkai/v1/figure_pb.js";
import { QueryService } from "./stubs/gongkai/v1/query_pb.js";

const [server = "", subject = "", year] = process.argv.slice(2);
const query = createClient(QueryService, createGrpcTransport({ baseUrl: server }));
const found = await query.resolveReport({ subject, year: Number(year) });
for (const name of found.names) { // a name may be that of several bodies
  const { report } = await query.getReport({ name });
  for (const { key, value, state } of report?.figures ?? []) {
    console.log(`${key}\t${value ?? State[state]}`); // only a number has a value: a blank is not a zero
  }
}
