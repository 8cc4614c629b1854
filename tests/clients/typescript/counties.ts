// One indicator of all counties of a province, a column a year: node dist/counties.js http://127.0.0.1:7411 530000 requests.received

import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { State } from "./stubs/gongkai/v1/figure_pb.js";
import { BodyKind, Rank } from "./stubs/gongkai/v1/report_pb.js";
import { FigureSource, StatisticsService } from "./stubs/gongkai/v1/statistics_pb.js";

const [server = "", province, indicator = ""] = process.argv.slice(2);
const statistics = createClient(StatisticsService, createGrpcTransport({ baseUrl: server }));
const filter = `region.within("${province}") AND scope = WHOLE_AREA`; // scopes are never mixed
const which = { filter, indicators: [indicator], ranks: [Rank.COUNTY], kinds: [BodyKind.GOVERNMENT] };
const table: Record<string, Record<string, string>> = {};
for await (const { rows } of statistics.queryFigures({ ...which, sources: [FigureSource.TABLE] })) {
  for (const row of rows) {
    const years = (table[`${row.regionCode} ${row.subject}`] ??= {}); // names repeat within a province
    const year = row.year ?? "?"; // two reports on one year stay two
    years[year] = [years[year], row.value ?? State[row.state]].filter(Boolean).join(" | ");
  }
}
console.table(table);
