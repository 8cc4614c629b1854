// Reads an indicator of all reports to columns of Arrow: node dist/frame.js http://127.0.0.1:7411 requests.received

import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Float64, Int32, Table, Utf8, vectorFromArray } from "apache-arrow";
import { State } from "./stubs/gongkai/v1/figure_pb.js";
import { type FigureRow, FigureSource, StatisticsService } from "./stubs/gongkai/v1/statistics_pb.js";

const [server = "", indicator = ""] = process.argv.slice(2);
const statistics = createClient(StatisticsService, createGrpcTransport({ baseUrl: server }));
const rows: FigureRow[] = [];
const asked = { indicators: [indicator], sources: [FigureSource.TABLE] };
for await (const message of statistics.queryFigures(asked)) rows.push(...message.rows);
const subject = vectorFromArray(rows.map((row) => row.subject), new Utf8());
const year = vectorFromArray(rows.map((row) => row.year ?? null), new Int32());
const state = vectorFromArray(rows.map((row) => State[row.state]), new Utf8());
const number = (text?: string) => (text === undefined ? null : Number(text)); // a blank is null, and not a zero
const value = vectorFromArray(rows.map((row) => number(row.value)), new Float64());
for (const row of new Table({ subject, year, state, value })) console.log([...row].map(([, cell]) => cell).join("\t"));
