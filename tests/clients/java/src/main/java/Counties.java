import gongkai.v1.ReportOuterClass.BodyKind;
import gongkai.v1.ReportOuterClass.Rank;
import gongkai.v1.Statistics.FigureSource;
import gongkai.v1.Statistics.QueryFiguresRequest;
import gongkai.v1.StatisticsServiceGrpc;
import io.grpc.ManagedChannelBuilder;
import java.util.TreeMap;

/** One indicator of all counties of a province, by year: Counties 127.0.0.1:7411 530000 requests.received */
class Counties {
    public static void main(String[] args) {
        var channel = ManagedChannelBuilder.forTarget(args[0]).usePlaintext().build();
        var which = QueryFiguresRequest.newBuilder().addIndicators(args[2]).addSources(FigureSource.FIGURE_SOURCE_TABLE);
        which.setFilter("region.within(\"" + args[1] + "\") AND scope = WHOLE_AREA"); // scopes are never mixed
        which.addRanks(Rank.RANK_COUNTY).addKinds(BodyKind.BODY_KIND_GOVERNMENT);
        var table = new TreeMap<String, TreeMap<String, String>>();
        StatisticsServiceGrpc.newBlockingStub(channel).queryFigures(which.build()).forEachRemaining(message -> {
            for (var row : message.getRowsList()) {
                var cell = row.hasValue() ? row.getValue() : row.getState().name().replaceFirst("STATE_", "");
                var year = row.hasYear() ? "" + row.getYear() : "?";
                var body = row.getRegionCode() + " " + row.getSubject(); // names repeat within a province
                table.computeIfAbsent(body, key -> new TreeMap<>()).merge(year, cell, (one, other) -> one + " | " + other);
            }
        });
        table.forEach((body, years) -> System.out.println(body + "\t" + years));
        channel.shutdown();
    }
}
