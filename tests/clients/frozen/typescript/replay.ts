// Makes the calls of a file with the stubs of a release, and prints what came of each: node replay.js http://127.0.0.1:7411 CALLS

import { readFileSync } from "node:fs";
import { create, fromJson, toJson, type DescService, type JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { EvaluationService } from "./stubs/gongkai/v1/evaluation_pb.js";
import { ExportService } from "./stubs/gongkai/v1/export_pb.js";
import { IngestService } from "./stubs/gongkai/v1/ingest_pb.js";
import { QueryService } from "./stubs/gongkai/v1/query_pb.js";
import { ReferenceService } from "./stubs/gongkai/v1/reference_pb.js";
import { StatisticsService } from "./stubs/gongkai/v1/statistics_pb.js";

const services: DescService[] = [EvaluationService, ExportService, IngestService, QueryService, ReferenceService, StatisticsService];
const [server = "", calls = ""] = process.argv.slice(2);
const transport = createGrpcTransport({ baseUrl: server, defaultTimeoutMs: 60_000 });

async function replay(path: string, request: JsonValue): Promise<JsonValue[]> {
  const [service, name] = path.split("/");
  const method = services.find((known) => known.typeName === service)?.methods.find((known) => known.name === name);
  if (method === undefined) throw new Error(`no method ${path}`);
  const sent = fromJson(method.input, request);
  if (method.methodKind === "unary") {
    const { message } = await transport.unary(method as never, undefined, undefined, undefined, sent as never);
    return [toJson(method.output, message)];
  }
  const stream = await transport.stream(
    method as never, undefined, undefined, undefined,
    (async function* () { yield create(method.input, sent as never); })() as never,
  );
  const answers: JsonValue[] = [];
  for await (const message of stream.message) answers.push(toJson(method.output, message));
  return answers;
}

const outcomes: unknown[] = [];
for (const { method, request } of JSON.parse(readFileSync(calls, "utf8"))) {
  try {
    outcomes.push({ answers: await replay(method, request) });
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    outcomes.push({ code: Code[error.code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase() });
  }
}
console.log(JSON.stringify(outcomes));
