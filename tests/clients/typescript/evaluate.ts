// Checks a draft, which is not stored: node dist/evaluate.js http://127.0.0.1:7411 FILE

import { readFileSync } from "node:fs";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { EvaluationService } from "./stubs/gongkai/v1/evaluation_pb.js";
import { Outcome } from "./stubs/gongkai/v1/report_pb.js";

const [server = "", fileName = ""] = process.argv.slice(2);
const evaluation = createClient(EvaluationService, createGrpcTransport({ baseUrl: server }));
const document = { content: readFileSync(fileName), fileName };
for await (const { report } of evaluation.evaluateRules({ input: { case: "document", value: document } })) {
  for (const { outcome, rule, subject, messageZh } of report?.findings ?? []) {
    console.log([Outcome[outcome], rule, subject, messageZh].join("\t"));
  }
}
