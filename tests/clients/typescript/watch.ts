// Tells of every report that becomes current: node dist/watch.js http://127.0.0.1:7411 [POSITION], where it goes on from

import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { QueryService } from "./stubs/gongkai/v1/query_pb.js";
import { ReportChangeKind } from "./stubs/gongkai/v1/revisions_pb.js";

const [server = "", position = "0"] = process.argv.slice(2);
const query = createClient(QueryService, createGrpcTransport({ baseUrl: server }));
for await (const { changes } of query.watchReports({ afterPosition: BigInt(position) })) {
  for (const { position, kind, key, revision } of changes) {
    console.log([position, ReportChangeKind[kind], key?.subject ?? "?", key?.year ?? "?", revision?.number].join("\t"));
  }
}
